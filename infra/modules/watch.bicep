metadata name = 'Watch'
metadata description = 'Logs of the app, and an alert when a message is given up.'

@description('Required. Region of the workspace.')
param location string

@description('Required. Name of the Application Insights resource.')
param insightsName string

@description('Required. Base of the other names.')
param name string

@description('Optional. Days for which logs are kept.')
@minValue(30)
@maxValue(730)
param retentionDays int = 30

@description('Optional. Who gets a mail when a message lands in a poison queue. Empty: the alert shows in the portal only.')
param alertEmail string = ''

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: 'log-${name}'
  location: location
  properties: {
    retentionInDays: retentionDays
    sku: {
      name: 'PerGB2018'
    }
    features: {
      disableLocalAuth: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: insightsName
  location: location
  kind: 'web'
  properties: {
    Application_Type: 'web'
    // The connection string alone cannot write: the app's identity must hold a role as well.
    DisableLocalAuth: true
    WorkspaceResourceId: workspace.id
  }
}

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'ag-${name}'
  location: 'global'
  properties: {
    enabled: true
    groupShortName: take(name, 12)
    emailReceivers: [
      {
        name: 'mail'
        emailAddress: alertEmail
        useCommonAlertSchema: true
      }
    ]
  }
}

// Queue metrics count whole accounts, once an hour. The host's own warning names the queue at once.
resource poison 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = {
  name: 'alert-${name}-poison'
  location: location
  properties: {
    displayName: 'Holdfast gave a message up'
    description: 'A step failed as often as host.json allows and its message went to a poison queue. The job that it belongs to has ended with the cause.'
    severity: 2
    enabled: true
    scopes: [
      insights.id
    ]
    evaluationFrequency: 'PT15M'
    windowSize: 'PT15M'
    autoMitigate: false
    // The tables of a new workspace appear with the first log line.
    skipQueryValidation: true
    criteria: {
      allOf: [
        {
          query: 'traces | where message startswith "Message has reached MaxDequeueCount"'
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: {
      actionGroups: empty(alertEmail) ? [] : [people.id]
    }
  }
}
