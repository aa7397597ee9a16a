metadata name = 'App'
metadata description = 'The function app on a Flex Consumption plan, its settings and its sign-in.'

@description('Required. Region of the app.')
param location string

@description('Required. Name of the app: part of its host name, so unique in the world.')
param appName string

@description('Required. Name of the plan.')
param planName string

@description('Required. Name of the app\'s identity. It has its roles before the app starts.')
param identityName string

@description('Required. Storage account of the Functions host.')
param hostAccountName string

@description('Required. Container of the host\'s account that holds the app\'s package.')
param packageContainerName string

@description('Required. URL of the vault\'s container.')
param vaultUrl string

@description('Required. Name of the Application Insights resource.')
param insightsName string

@description('Required. Resource group, in each protected subscription, that snapshots are made in.')
param snapshotResourceGroup string

@description('Required. Subscriptions in which a policy\'s tags look for virtual machines.')
param protectedSubscriptions string[]

@description('Required. Time zone of a schedule that names none.')
param zone string

@description('Required. Client id of the app registration that users sign in to.')
param authClientId string

@description('Required. Memory of an instance, in MB.')
param instanceMemoryMB int

@description('Required. Most instances that run at once, per function.')
param maximumInstanceCount int

// The host starts the Java worker with the first compiler only. A later flag wins; see docs/settings.md.
var javaArguments = '-XX:TieredStopAtLevel=4'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  kind: 'functionapp'
  sku: {
    tier: 'FlexConsumption'
    name: 'FC1'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: appName
  location: location
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    siteConfig: {
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: 'https://${hostAccountName}.blob.${environment().suffixes.storage}/${packageContainerName}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: {
        name: 'java'
        version: '17'
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
      }
    }
  }

  // docs/settings.md lists each of them; a test compares the names.
  resource settings 'config' = {
    name: 'appsettings'
    properties: {
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
      APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
      AZURE_CLIENT_ID: identity.properties.clientId
      AzureWebJobsStorage__accountName: hostAccountName
      AzureWebJobsStorage__clientId: identity.properties.clientId
      AzureWebJobsStorage__credential: 'managedidentity'
      HOLDFAST_AUTH: 'entra'
      HOLDFAST_SNAPSHOT_RESOURCE_GROUP: snapshotResourceGroup
      HOLDFAST_SUBSCRIPTIONS: join(protectedSubscriptions, ',')
      HOLDFAST_VAULT: vaultUrl
      HOLDFAST_ZONE: zone
      JAVA_OPTS: javaArguments
      languageWorkers__java__arguments: javaArguments
    }
  }

  // The platform checks the token and hands its claims on in X-MS-CLIENT-PRINCIPAL; the app looks at
  // the roles in there. No client secret: the app takes tokens, it does not fetch any for users.
  resource signIn 'config' = {
    name: 'authsettingsV2'
    dependsOn: [
      settings
    ]
    properties: {
      platform: {
        enabled: true
      }
      globalValidation: {
        requireAuthentication: true
        unauthenticatedClientAction: 'Return401'
      }
      httpSettings: {
        requireHttps: true
      }
      identityProviders: {
        azureActiveDirectory: {
          enabled: true
          registration: {
            clientId: authClientId
            openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
          }
          validation: {
            allowedAudiences: [
              authClientId
              'api://${authClientId}'
            ]
          }
        }
      }
      login: {
        tokenStore: {
          enabled: false
        }
      }
    }
  }

  // Deployment needs a token, never a publishing password.
  resource ftpPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: {
      allow: false
    }
  }

  resource scmPasswords 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: {
      allow: false
    }
  }
}

@description('Name of the app.')
output appName string = app.name

@description('URL of the API.')
output apiUrl string = 'https://${app.properties.defaultHostName}/api/v1'
