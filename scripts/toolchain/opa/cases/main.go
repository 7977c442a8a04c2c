// Command cases reads OPA's evaluation cases, compiles each to WebAssembly with OPA's own compiler, asks OPA's own
// interpreter for its answer, and writes one JSON object a case to standard output.
//
// Usage: cases DIR
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/test/cases"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/types"
)

type line struct {
	Note         string          `json:"note"`
	Group        string          `json:"group"`
	Wasm         []byte          `json:"wasm"`
	CompileError string          `json:"compile_error,omitempty"`
	Data         *map[string]any `json:"data,omitempty"`
	Input        *string         `json:"input"`
	SortBindings bool            `json:"sort_bindings"`
	StrictError  bool            `json:"strict_error"`
	WantDefined  *bool           `json:"want_defined"`
	WantResult   *string         `json:"want_result"`
	WantError    bool            `json:"want_error"`
	WantCode     *string         `json:"want_error_code"`
	OPA          opaAnswer       `json:"opa"`
}

// opaAnswer is what the interpreter says: a set of rows as Rego text, or an error code.
type opaAnswer struct {
	Rows  []map[string]string `json:"rows"`
	Error string              `json:"error,omitempty"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: cases DIR")
		os.Exit(2)
	}
	registerSleep()
	set, err := cases.Load(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	encoder := json.NewEncoder(out)
	for _, tc := range set.Sorted().Cases {
		if err := encoder.Encode(describe(os.Args[1], tc)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func describe(root string, tc cases.TestCase) line {
	for name, value := range tc.Env {
		os.Setenv(name, value)
		defer os.Unsetenv(name)
	}
	group, _ := filepath.Rel(root, filepath.Dir(tc.Filename))
	described := line{
		Note: tc.Note, Group: group, Data: tc.Data, SortBindings: tc.SortBindings, StrictError: tc.StrictError,
		WantDefined: tc.WantDefined, WantCode: tc.WantErrorCode, WantError: tc.WantErrorCode != nil || tc.WantError != nil,
	}
	if tc.WantResult != nil {
		described.WantResult = text(ast.MustInterfaceToValue(toAny(*tc.WantResult)))
	}
	input := inputOf(tc)
	if input != nil {
		described.Input = text(input)
	}
	compiled, err := rego.New(options(tc)...).Compile(context.Background())
	if err != nil {
		described.CompileError = err.Error()
	} else {
		described.Wasm = compiled.Bytes
	}
	described.OPA = evaluate(tc, input)
	return described
}

func capabilities(tc cases.TestCase) *ast.Capabilities {
	return ast.CapabilitiesForThisVersion(ast.CapabilitiesExperimentalKeywords(tc.ExperimentalKeywords))
}

// registerSleep declares the one builtin that OPA's cases use and OPA itself has not.
func registerSleep() {
	rego.RegisterBuiltin1(&rego.Function{
		Name: "test.sleep",
		Decl: types.NewFunction(types.Args(types.S), types.NewNull()),
	}, func(_ rego.BuiltinContext, duration *ast.Term) (*ast.Term, error) {
		pause, err := time.ParseDuration(string(duration.Value.(ast.String)))
		if err != nil {
			return nil, err
		}
		time.Sleep(pause)
		return ast.NullTerm(), nil
	})
}

func options(tc cases.TestCase) []func(*rego.Rego) {
	found := []func(*rego.Rego){
		rego.Query(tc.Query),
		rego.SetRegoVersion(ast.RegoV1),
		rego.Capabilities(capabilities(tc)),
	}
	for i, module := range tc.Modules {
		found = append(found, rego.Module(fmt.Sprintf("module-%d.rego", i), module))
	}
	return found
}

func inputOf(tc cases.TestCase) ast.Value {
	if tc.InputTerm != nil {
		return ast.MustParseTerm(*tc.InputTerm).Value
	}
	if tc.Input != nil {
		return ast.MustInterfaceToValue(*tc.Input)
	}
	return nil
}

// evaluate asks the interpreter without strict errors, because compiled modules have none.
func evaluate(tc cases.TestCase, input ast.Value) opaAnswer {
	asked := []func(*rego.Rego){
		rego.Query(tc.Query),
		rego.SetRegoVersion(ast.RegoV1),
		rego.Capabilities(capabilities(tc)),
		rego.GenerateJSON(func(term *ast.Term, _ *rego.EvalContext) (any, error) {
			return *text(term.Value), nil
		}),
	}
	modules := map[string]string{}
	for i, module := range tc.Modules {
		modules[fmt.Sprintf("module-%d.rego", i)] = module
	}
	// Compiled beforehand, as OPA's own test does: a store would have its data checked against the rules' paths.
	compiler, err := ast.CompileModulesWithOpt(modules, ast.CompileOpts{ParserOptions: ast.ParserOptions{
		RegoVersion:  ast.RegoV1,
		Capabilities: capabilities(tc),
	}})
	if err != nil {
		return opaAnswer{Error: err.Error()}
	}
	asked = append(asked, rego.Compiler(compiler))
	if tc.Data != nil {
		asked = append(asked, rego.Store(inmem.NewFromObject(*tc.Data)))
	}
	if input != nil {
		asked = append(asked, rego.ParsedInput(input))
	}
	results, err := rego.New(asked...).Eval(context.Background())
	if err != nil {
		if failure, ok := err.(*topdown.Error); ok {
			return opaAnswer{Error: failure.Code}
		}
		return opaAnswer{Error: err.Error()}
	}
	rows := []map[string]string{}
	for _, result := range results {
		row := map[string]string{}
		for name, value := range result.Bindings {
			row[name], _ = value.(string)
		}
		rows = append(rows, row)
	}
	return opaAnswer{Rows: rows}
}

func toAny(rows []map[string]any) []any {
	converted := make([]any, len(rows))
	for i := range rows {
		converted[i] = rows[i]
	}
	return converted
}

// text is the value as opa_value_dump writes it: JSON, with set literals and keys of any type.
func text(value ast.Value) *string {
	var builder strings.Builder
	write(&builder, value)
	written := builder.String()
	return &written
}

func write(builder *strings.Builder, value ast.Value) {
	switch value := value.(type) {
	case ast.String:
		encoder := json.NewEncoder(builder)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(string(value))
	case *ast.Array:
		between(builder, "[", "]", value.Len(), func(i int) { write(builder, value.Elem(i).Value) })
	case ast.Set:
		if value.Len() == 0 {
			builder.WriteString("set()")
			return
		}
		members := value.Sorted()
		between(builder, "{", "}", members.Len(), func(i int) { write(builder, members.Elem(i).Value) })
	case ast.Object:
		keys := value.Keys()
		between(builder, "{", "}", len(keys), func(i int) {
			write(builder, keys[i].Value)
			builder.WriteString(":")
			write(builder, value.Get(keys[i]).Value)
		})
	default:
		builder.WriteString(value.String())
	}
}

func between(builder *strings.Builder, open, shut string, count int, each func(int)) {
	builder.WriteString(open)
	for i := range count {
		if i > 0 {
			builder.WriteString(",")
		}
		each(i)
	}
	builder.WriteString(shut)
}
