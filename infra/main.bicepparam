using './main.bicep'

// The app registration that users sign in to: docs/deploy.md says how to make it. With this
// placeholder the app deploys and refuses every request.
param authClientId = '00000000-0000-0000-0000-000000000000'
