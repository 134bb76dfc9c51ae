// Rules, alerts and dashboard for who builds monitoring from mixins (jsonnet 0.18 or newer).
{
  prometheusAlerts+:: std.parseYaml(importstr '../prometheus/alerts.yml'),
  prometheusRules+:: std.parseYaml(importstr '../prometheus/rules.yml'),
  grafanaDashboards+:: { 'tierwatch.json': import '../grafana/tierwatch.json' },
}
