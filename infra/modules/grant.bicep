metadata name = 'Grant'
metadata description = 'One role for one identity on one whole resource group.'

@description('Required. Object id of the identity.')
param principalId string

@description('Required. Resource id of the role definition.')
param roleDefinitionId string

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, principalId, roleDefinitionId)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roleDefinitionId
  }
}
