package docs

import (
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// needless are exported functions that an example would not explain.
var needless = map[string]string{
	"Collector_Collect":  "is called by Prometheus alone",
	"Collector_Describe": "is called by Prometheus alone",
	"Auth_Format":        "ExampleConfig_secure prints one",
	"Auth_MarshalText":   "is called by encoders alone",
	"Auth_String":        "ExampleConfig_secure prints one",
	"Config_Format":      "is called by fmt alone",
	"Coordinator_Format": "is called by fmt alone",
	"State_String":       "ExampleApplicationContext_State prints them",
}

func TestEveryExportedFunctionHasAnExample(t *testing.T) {
	unused := maps.Clone(needless)
	for _, dir := range []string{"../..", "../../metrics"} {
		functions, examples := exported(t, dir)
		for _, f := range functions {
			if examples[f] == "" && needless[f] == "" {
				t.Errorf("%s: %s has no example with an output", dir, f)
			}
		}
		maps.DeleteFunc(unused, func(f, _ string) bool { return slices.Contains(functions, f) })
		t.Logf("%s: %d exported functions, %d examples", dir, len(functions), len(examples))
	}
	for f := range unused {
		t.Errorf("%s is not exported any more", f)
	}
}

// exported returns the exported functions and methods of the package in dir as the names of examples have them, T_M, and
// the examples that are run, "" standing for none.
func exported(t *testing.T, dir string) (functions []string, examples map[string]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	examples = map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			for _, example := range doc.Examples(file) {
				if example.Output != "" {
					examples[example.Name] = name
				}
			}
			continue
		}
		for _, declaration := range file.Decls {
			if f, is := declaration.(*ast.FuncDecl); is && f.Name.IsExported() {
				if name, public := called(f); public {
					functions = append(functions, name)
				}
			}
		}
	}
	return functions, examples
}

func called(f *ast.FuncDecl) (name string, public bool) {
	if f.Recv == nil {
		return f.Name.Name, true
	}
	receiver := f.Recv.List[0].Type
	if star, is := receiver.(*ast.StarExpr); is {
		receiver = star.X
	}
	of, is := receiver.(*ast.Ident)
	if !is {
		return "", false
	}
	return of.Name + "_" + f.Name.Name, of.IsExported()
}
