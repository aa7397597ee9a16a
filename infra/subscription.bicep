metadata name = 'Holdfast: a protected subscription'
metadata description = 'The resource group for snapshots, the custom roles and their assignments. Deploy it to each subscription whose virtual machines are backed up.'

targetScope = 'subscription'

@description('Required. Object id of the app\'s identity: the output principalId of main.bicep.')
@minLength(36)
@maxLength(36)
param principalId string

@description('Optional. Region of the snapshot resource group. Snapshots themselves are made in the region of their disk.')
param location string = deployment().location

@description('Optional. Resource group that snapshots are made in: the same name as in main.bicep.')
@minLength(1)
@maxLength(90)
param snapshotResourceGroup string = 'holdfast-snapshots'

@description('Optional. Resource groups whose disks may be snapshotted. Empty: all of the subscription.')
param protectedResourceGroups string[] = []

@description('Optional. Whether Holdfast may install the snapshot extension where it is missing. Off by default: who may write extensions may run any program on the virtual machine.')
param installExtension bool = false

// The names of custom roles are unique in the tenant, and each subscription has its own definitions.
var nameSuffix = '(${subscription().subscriptionId})'

// What it takes to find a virtual machine, to describe it, and to follow an operation. No data.
resource reader 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'holdfast-backup-reader')
  properties: {
    roleName: 'Holdfast backup reader ${nameSuffix}'
    description: 'Holdfast: see virtual machines and their disks.'
    type: 'CustomRole'
    assignableScopes: [
      subscription().id
    ]
    permissions: [
      {
        actions: [
          'Microsoft.Authorization/locks/read'
          'Microsoft.Authorization/permissions/read'
          'Microsoft.Compute/diskEncryptionSets/read'
          'Microsoft.Compute/disks/read'
          'Microsoft.Compute/locations/diskOperations/read'
          'Microsoft.Compute/locations/operations/read'
          'Microsoft.Compute/virtualMachines/extensions/read'
          'Microsoft.Compute/virtualMachines/instanceView/read'
          'Microsoft.Compute/virtualMachines/read'
          'Microsoft.Network/networkInterfaces/read'
          'Microsoft.Resources/subscriptions/resourceGroups/read'
        ]
      }
    ]
  }
}

// Azure asks for beginGetAccess on a disk before it lets anyone snapshot the disk. It also is the right to
// read the disk, so it can be kept to the resource groups that are protected.
resource source 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'holdfast-backup-source')
  properties: {
    roleName: 'Holdfast backup source ${nameSuffix}'
    description: 'Holdfast: make snapshots of disks.'
    type: 'CustomRole'
    assignableScopes: [
      subscription().id
    ]
    permissions: [
      {
        actions: concat(
          [
            'Microsoft.Compute/disks/beginGetAccess/action'
          ],
          installExtension
            ? [
                'Microsoft.Compute/virtualMachines/extensions/write'
              ]
            : []
        )
      }
    ]
  }
}

// Everything that Holdfast makes, reads and removes is in the one resource group.
resource writer 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'holdfast-backup-writer')
  properties: {
    roleName: 'Holdfast backup writer ${nameSuffix}'
    description: 'Holdfast: make, read and remove snapshots and restore points.'
    type: 'CustomRole'
    assignableScopes: [
      subscription().id
    ]
    permissions: [
      {
        actions: [
          'Microsoft.Compute/restorePointCollections/delete'
          'Microsoft.Compute/restorePointCollections/read'
          'Microsoft.Compute/restorePointCollections/restorePoints/delete'
          'Microsoft.Compute/restorePointCollections/restorePoints/diskRestorePoints/beginGetAccess/action'
          'Microsoft.Compute/restorePointCollections/restorePoints/diskRestorePoints/endGetAccess/action'
          'Microsoft.Compute/restorePointCollections/restorePoints/diskRestorePoints/read'
          'Microsoft.Compute/restorePointCollections/restorePoints/read'
          'Microsoft.Compute/restorePointCollections/restorePoints/write'
          'Microsoft.Compute/restorePointCollections/write'
          'Microsoft.Compute/snapshots/beginGetAccess/action'
          'Microsoft.Compute/snapshots/delete'
          'Microsoft.Compute/snapshots/endGetAccess/action'
          'Microsoft.Compute/snapshots/read'
          'Microsoft.Compute/snapshots/write'
          'Microsoft.Resources/subscriptions/resourceGroups/read'
        ]
      }
    ]
  }
}

resource snapshots 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: snapshotResourceGroup
  location: location
}

resource readerAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(subscription().id, principalId, reader.id)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: reader.id
  }
}

resource sourceAssignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (empty(protectedResourceGroups)) {
  name: guid(subscription().id, principalId, source.id)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: source.id
  }
}

module sourceAssignments 'modules/grant.bicep' = [
  for group in protectedResourceGroups: {
    scope: resourceGroup(group)
    params: {
      principalId: principalId
      roleDefinitionId: source.id
    }
  }
]

module writerAssignment 'modules/grant.bicep' = {
  scope: snapshots
  params: {
    principalId: principalId
    roleDefinitionId: writer.id
  }
}

@description('Resource id of the snapshot resource group.')
output snapshotResourceGroupId string = snapshots.id
