package metrics_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dashboard is what Grafana needs of a dashboard that is provisioned from a file, as far as this one uses it.
type dashboard struct {
	ID            *int   `json:"id"` // of the database that it was exported from
	UID           string `json:"uid"`
	Title         string `json:"title"`
	SchemaVersion int    `json:"schemaVersion"`
	Templating    struct {
		List []struct {
			Name, Type string
			Query      any
			Datasource *datasource
		} `json:"list"`
	} `json:"templating"`
	Panels []panel `json:"panels"`
}

type datasource struct{ Type, UID string }

type panel struct {
	ID          int
	Type, Title string
	Description string
	Datasource  datasource
	GridPos     struct{ X, Y, W, H int }
	Targets     []struct {
		RefID, Expr string
		Datasource  datasource
	}
}

func readDashboard(t *testing.T) dashboard {
	t.Helper()
	text, err := os.ReadFile("dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var d dashboard
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDashboardCanBeProvisioned: Grafana takes a file whose dashboard has a title and no id, and shows panels of types
// that it has, on a grid of 24 columns, whose queries go to a data source that there is. It is not run here.
func TestDashboardCanBeProvisioned(t *testing.T) {
	d := readDashboard(t)
	if d.ID != nil || d.UID == "" || len(d.UID) > 40 || d.Title == "" || d.SchemaVersion == 0 || len(d.Panels) == 0 {
		t.Errorf("%+v", d)
	}
	variables := make(map[string]bool)
	for _, v := range d.Templating.List {
		variables[v.Name] = true
		if v.Type == "query" && (v.Datasource == nil || v.Datasource.UID != "${datasource}") {
			t.Errorf("variable %s has no data source", v.Name)
		}
	}
	if !variables["datasource"] || !variables["job"] {
		t.Errorf("variables: %v", variables)
	}
	ids := make(map[int]bool)
	for i, p := range d.Panels {
		if ids[p.ID] || p.ID == 0 || p.Title == "" || p.Description == "" || len(p.Targets) == 0 {
			t.Errorf("panel %d: %+v", i, p)
		}
		ids[p.ID] = true
		if !slices.Contains([]string{"stat", "timeseries", "state-timeline"}, p.Type) {
			t.Errorf("panel %q is a %s", p.Title, p.Type)
		}
		if g := p.GridPos; g.W <= 0 || g.H <= 0 || g.X < 0 || g.Y < 0 || g.X+g.W > 24 {
			t.Errorf("panel %q is at %+v", p.Title, g)
		}
		for _, other := range d.Panels[:i] {
			a, b := p.GridPos, other.GridPos
			if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
				t.Errorf("panels %q and %q overlap", p.Title, other.Title)
			}
		}
		refs := make(map[string]bool)
		for _, target := range p.Targets {
			if refs[target.RefID] || target.RefID == "" || target.Expr == "" {
				t.Errorf("panel %q: %+v", p.Title, target)
			}
			refs[target.RefID] = true
			for _, source := range []datasource{p.Datasource, target.Datasource} {
				if source.Type != "prometheus" || source.UID != "${datasource}" {
					t.Errorf("panel %q asks %+v", p.Title, source)
				}
			}
			for _, variable := range regexp.MustCompile(`\$\{?(\w+)`).FindAllStringSubmatch(target.Expr, -1) {
				if !variables[variable[1]] && variable[1] != "__rate_interval" {
					t.Errorf("panel %q uses the variable %s", p.Title, variable[1])
				}
			}
		}
	}
}

var metricName = regexp.MustCompile(prefix + `[a-z_]+`)

// TestDashboardAndAlertsKnowTheMetrics, as a scrape has them: no other, and the dashboard every one.
func TestDashboardAndAlertsKnowTheMetrics(t *testing.T) {
	unseen := make(map[string]bool)
	inVirtualTime(t, func(f *fleet) {
		for series := range parse(t, f.start("a").scrape()) {
			unseen[prefix+strings.SplitN(series, "{", 2)[0]] = true
		}
	})
	known := func(name string) bool { _, ok := unseen[name]; return ok }
	queries := 0
	for _, p := range readDashboard(t).Panels {
		for _, target := range p.Targets {
			for _, name := range metricName.FindAllString(target.Expr, -1) {
				if queries++; !known(name) {
					t.Errorf("panel %q asks for %s", p.Title, name)
				}
				unseen[name] = false
			}
		}
	}
	for name, is := range unseen {
		if is {
			t.Errorf("the dashboard does not show %s", name)
		}
	}
	alerts, err := os.ReadFile("alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	names := metricName.FindAllString(string(alerts), -1)
	if len(names) < 6 || queries < 20 {
		t.Errorf("%d names in the alerts, %d in the dashboard: this test does not read them", len(names), queries)
	}
	for _, name := range names {
		if !known(name) {
			t.Errorf("an alert asks for %s", name)
		}
	}
}
