metadata name = 'Holdfast'
metadata description = 'Everything that Holdfast runs on, in one resource group. subscription.bicep gives it access to virtual machines.'

targetScope = 'resourceGroup'

@description('Optional. Region of all resources. Take the region of the virtual machines: backups then cost no transfer between regions.')
param location string = resourceGroup().location

@description('Optional. Base of all names: lower-case letters and digits, a letter first.')
@minLength(2)
@maxLength(10)
param name string = 'holdfast'

@description('Required. Client id of the app registration that users sign in to (docs/deploy.md).')
@minLength(36)
@maxLength(36)
param authClientId string

@description('Optional. Subscriptions in which a policy\'s tags look for virtual machines. Deploy subscription.bicep to each of them.')
param protectedSubscriptions string[] = [
  subscription().subscriptionId
]

@description('Optional. Resource group that snapshots are made in; subscription.bicep makes it in each protected subscription.')
@minLength(1)
@maxLength(90)
param snapshotResourceGroup string = 'holdfast-snapshots'

@description('Optional. IANA time zone of a schedule that names none.')
param zone string = 'UTC'

@description('Optional. Memory of an instance, in MB. 2048 comes with one processor; it holds the segment transfers that host.json lets run at once.')
@allowed([
  2048
  4096
])
param instanceMemoryMB int = 2048

@description('Optional. Most instances that run at once, per function. A snapshot gives about 60 MiB/s whatever asks, so more of them help only when many disks are backed up at once.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Optional. How the vault is replicated.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GRS'
  'Standard_RAGRS'
  'Standard_GZRS'
  'Standard_RAGZRS'
])
param vaultRedundancy string = 'Standard_ZRS'

@description('Optional. Access tier of the vault\'s blobs.')
@allowed([
  'Hot'
  'Cool'
])
param vaultTier string = 'Hot'

@description('Optional. Days for which deleted blobs of the vault can be undeleted; they are billed for as long. 0 turns it off.')
@minValue(0)
@maxValue(365)
param vaultSoftDeleteDays int = 7

@description('Optional. Whether a lock keeps the vault\'s account from being deleted.')
param vaultLock bool = true

@description('Optional. Who gets a mail when a message lands in a poison queue.')
param alertEmail string = ''

var suffix = uniqueString(resourceGroup().id)
var names = {
  app: '${name}-${suffix}'
  hostAccount: '${name}h${suffix}'
  identity: 'id-${name}'
  insights: 'appi-${name}'
  packageContainer: 'packages'
  plan: 'plan-${name}'
  vaultAccount: '${name}v${suffix}'
  vaultContainer: 'holdfast'
}
var url = 'https://${names.vaultAccount}.blob.${environment().suffixes.storage}/${names.vaultContainer}'

module host 'modules/host.bicep' = {
  params: {
    location: location
    accountName: names.hostAccount
    packageContainerName: names.packageContainer
  }
}

module vault 'modules/vault.bicep' = {
  params: {
    location: location
    accountName: names.vaultAccount
    containerName: names.vaultContainer
    redundancy: vaultRedundancy
    tier: vaultTier
    softDeleteDays: vaultSoftDeleteDays
    lock: vaultLock
  }
}

module watch 'modules/watch.bicep' = {
  params: {
    location: location
    insightsName: names.insights
    name: name
    alertEmail: alertEmail
  }
}

module access 'modules/access.bicep' = {
  dependsOn: [
    host
    vault
    watch
  ]
  params: {
    location: location
    identityName: names.identity
    hostAccountName: names.hostAccount
    vaultAccountName: names.vaultAccount
    vaultContainerName: names.vaultContainer
    insightsName: names.insights
  }
}

module app 'modules/app.bicep' = {
  dependsOn: [
    access
  ]
  params: {
    location: location
    appName: names.app
    planName: names.plan
    identityName: names.identity
    hostAccountName: names.hostAccount
    packageContainerName: names.packageContainer
    vaultUrl: url
    insightsName: names.insights
    snapshotResourceGroup: snapshotResourceGroup
    protectedSubscriptions: protectedSubscriptions
    zone: zone
    authClientId: authClientId
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
  }
}

@description('Name of the function app: deploy the package to it.')
output appName string = app.outputs.appName

@description('URL of the API.')
output apiUrl string = app.outputs.apiUrl

@description('Object id of the app\'s identity: the parameter principalId of subscription.bicep.')
output principalId string = access.outputs.principalId

@description('URL of the vault\'s container, for the command line\'s --vault.')
output vaultUrl string = url
