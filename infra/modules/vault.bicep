metadata name = 'Vault'
metadata description = 'The vault\'s own storage account: one container in an open format, reached with tokens only.'

@description('Required. Region of the account.')
param location string

@description('Required. Name of the storage account.')
@minLength(3)
@maxLength(24)
param accountName string

@description('Required. Name of the vault\'s container.')
param containerName string

@description('Optional. How the vault is replicated. Zone-redundant by default: the vault should outlive a data centre. Regions without zones need another value.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GRS'
  'Standard_RAGRS'
  'Standard_GZRS'
  'Standard_RAGZRS'
])
param redundancy string = 'Standard_ZRS'

@description('Optional. Access tier of new blobs. Cool costs less to keep and more to read and write, and bills 30 days at least.')
@allowed([
  'Hot'
  'Cool'
])
param tier string = 'Hot'

@description('Optional. Days for which a blob or container that somebody deleted can still be undeleted. What collection frees is billed for as long. 0 turns it off.')
@minValue(0)
@maxValue(365)
param softDeleteDays int = 7

@description('Optional. Whether a lock keeps the account itself from being deleted. It does not hinder writes and deletes of blobs.')
param lock bool = true

var softDelete = softDeleteDays > 0
  ? {
      enabled: true
      days: max(softDeleteDays, 1)
    }
  : {
      enabled: false
    }

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: accountName
  location: location
  kind: 'StorageV2'
  sku: {
    name: redundancy
  }
  properties: {
    accessTier: tier
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // Soft delete covers a slip of a human or a bug: Holdfast deletes only what nothing needs.
      // It keeps a copy of what is deleted or overwritten, both rare here, and none for a metadata
      // write, with which Holdfast renews the age of a blob.
      deleteRetentionPolicy: softDelete
      containerDeleteRetentionPolicy: softDelete
      // Off: versioning keeps a copy of each blob at every metadata write, for good.
      isVersioningEnabled: false
    }

    resource vault 'containers' = {
      name: containerName
      properties: {
        publicAccess: 'None'
      }
    }
  }
}

resource accountLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  name: 'holdfast-vault'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'This account holds backups. Remove the lock only when none of them is needed any more.'
  }
}
