metadata name = 'Host storage'
metadata description = 'The storage account of the Functions host: the app\'s package, its queues and its tables. No backup data.'

@description('Required. Region of the account.')
param location string

@description('Required. Name of the storage account.')
@minLength(3)
@maxLength(24)
param accountName string

@description('Required. Name of the container that the app is started from.')
param packageContainerName string

// io.holdfast.work.Queues has the same names; a test compares them.
var queueNames = [
  'backup-requests'
  'snapshots'
  'disk-plans'
  'segment-transfers'
  'finalize'
  'retention'
]

// The Functions host moves a message that failed too often to "<queue>-poison".
// They are made here, so that functions can listen on them from the start.
var poisonQueueNames = [for queue in queueNames: '${queue}-poison']

// io.holdfast.catalogue.Tables has the same names; a test compares them.
var tableNames = [
  'HoldfastCatalogue'
  'HoldfastIndex'
  'HoldfastPolicies'
  'HoldfastParked'
]

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: accountName
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'

    resource packages 'containers' = {
      name: packageContainerName
      properties: {
        publicAccess: 'None'
      }
    }
  }

  resource queues 'queueServices' = {
    name: 'default'

    resource queue 'queues' = [
      for name in concat(queueNames, poisonQueueNames): {
        name: name
      }
    ]
  }

  resource tables 'tableServices' = {
    name: 'default'

    resource table 'tables' = [
      for name in tableNames: {
        name: name
      }
    ]
  }
}
