using './subscription.bicep'

// The output principalId of main.bicep.
param principalId = '00000000-0000-0000-0000-000000000000'
