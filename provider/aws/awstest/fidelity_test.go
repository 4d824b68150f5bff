package awstest

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi/types"
)

// apiModel is the part of a service model that the tests read.
type apiModel struct {
	Operations map[string]struct {
		Input, Output struct{ Shape string }
		Errors        []struct{ Shape string }
	}
	Shapes map[string]apiShape
}

type apiShape struct {
	Type      string
	Required  []string
	Enum      []string
	Min, Max  *int
	Pattern   string
	Exception bool
	Member    struct{ Shape string }
	Members   map[string]struct{ Shape string }
	Error     struct {
		Code           string
		HTTPStatusCode int
	}
}

// loadModel reads a service model of AWS. It skips the test if there is none beside the project.
func loadModel(t *testing.T, name string) *apiModel {
	t.Helper()
	path := filepath.Join("..", "..", "..", "..", "shared", "fidelity", "aws", name)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("there is no service model: %v", err)
	}
	m := &apiModel{}
	if err := json.Unmarshal(text, m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestShapesConformToServiceModels(t *testing.T) {
	for file, operations := range map[string]map[string]operation{
		"elbv2.service-2.json": elbOperations(), "acm.service-2.json": acmOperations(),
	} {
		t.Run(file, func(t *testing.T) {
			m := loadModel(t, file)
			for name, op := range operations {
				declared, ok := m.Operations[name]
				if !ok {
					t.Errorf("%s is not an operation of the model", name)
					continue
				}
				m.compare(t, name+" input", op.in, declared.Input.Shape, true)
				if declared.Output.Shape != "" {
					m.compare(t, name+" output", op.out, declared.Output.Shape, false)
				}
			}
		})
	}
}

// The SDK is generated from the service model.
func TestTaggingAPIShapesConformToSDK(t *testing.T) {
	for _, pair := range [][2]reflect.Type{
		{reflect.TypeFor[getResourcesInput](), reflect.TypeFor[resourcegroupstaggingapi.GetResourcesInput]()},
		{reflect.TypeFor[getResourcesOutput](), reflect.TypeFor[resourcegroupstaggingapi.GetResourcesOutput]()},
		{reflect.TypeFor[tagFilter](), reflect.TypeFor[types.TagFilter]()},
		{reflect.TypeFor[tagMapping](), reflect.TypeFor[types.ResourceTagMapping]()},
		{reflect.TypeFor[tagPair](), reflect.TypeFor[types.Tag]()},
	} {
		for f := range pair[0].Fields() {
			theirs, ok := pair[1].FieldByName(f.Name)
			if kind := scalar(f.Type); !ok || kind != scalar(theirs.Type) {
				t.Errorf("%s.%s is a %s, but a %v in the SDK", pair[0].Name(), f.Name, kind, theirs.Type)
			}
		}
	}
}

func scalar(t reflect.Type) reflect.Kind {
	if t.Kind() == reflect.Pointer {
		return t.Elem().Kind()
	}
	return t.Kind()
}

// compare compares a type with a shape of the model: members and kinds, and in requests also the
// constraints.
func (m *apiModel) compare(t *testing.T, at string, ours reflect.Type, shape string, request bool) {
	t.Helper()
	for ours.Kind() == reflect.Pointer {
		ours = ours.Elem()
	}
	s := m.Shapes[shape]
	switch s.Type {
	case "structure":
		m.compareStructure(t, at, ours, s, request)
	case "list":
		if ours.Kind() != reflect.Slice {
			t.Errorf("%s: %v is not a list", at, ours)
			return
		}
		m.compare(t, at+"[]", ours.Elem(), s.Member.Shape, request)
	default:
		if !fits(s.Type, ours) {
			t.Errorf("%s: %v is not a %s", at, ours, s.Type)
		}
	}
}

func (m *apiModel) compareStructure(t *testing.T, at string, ours reflect.Type, s apiShape, request bool) {
	t.Helper()
	if ours.Kind() != reflect.Struct {
		t.Errorf("%s: %v is not a structure", at, ours)
		return
	}
	var names []string
	for i := range ours.NumField() {
		f := ours.Field(i)
		name := wireName(f)
		names = append(names, name)
		member, ok := s.Members[name]
		if !ok {
			t.Errorf("%s.%s is not in the model", at, name)
			continue
		}
		if request {
			m.compareConstraint(t, at+"."+name, f, slices.Contains(s.Required, name), m.Shapes[member.Shape])
		}
		m.compare(t, at+"."+name, f.Type, member.Shape, request)
	}
	for _, name := range s.Required {
		if !slices.Contains(names, name) {
			t.Errorf("%s lacks the required member %s", at, name)
		}
	}
}

func wireName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if name == "" || name == "-" {
		return f.Name
	}
	return name
}

func (m *apiModel) compareConstraint(t *testing.T, at string, f reflect.StructField, required bool, s apiShape) {
	t.Helper()
	c := tagOf(f)
	if c.required != required {
		t.Errorf("%s: required is %v in the model", at, required)
	}
	if bound(s.Min) > 0 && bound(c.min) != bound(s.Min) || bound(c.max) != bound(s.Max) {
		t.Errorf("%s: bounds are %s to %s in the model", at, show(s.Min), show(s.Max))
	}
	enum := s.Enum
	if s.Type == "list" {
		enum = m.Shapes[s.Member.Shape].Enum
	}
	if !slices.Equal(slices.Sorted(slices.Values(enum)), slices.Sorted(slices.Values(c.enum))) {
		t.Errorf("%s: the enum is %v in the model", at, enum)
	}
	if s.Pattern != "" && c.pattern == "" && s.Type == "string" && f.Name != "NextToken" {
		t.Errorf("%s: the pattern is %s in the model", at, s.Pattern)
	}
}

func bound(p *int) int {
	if p == nil {
		return 0
	}
	return *p
}

func show(p *int) string {
	if p == nil {
		return "any"
	}
	return strconv.Itoa(*p)
}

func fits(kind string, ours reflect.Type) bool {
	switch kind {
	case "string":
		return ours.Kind() == reflect.String
	case "integer", "long":
		return ours.Kind() == reflect.Int32
	case "boolean":
		return ours.Kind() == reflect.Bool
	case "timestamp":
		return ours == reflect.TypeFor[time.Time]() || ours.Kind() == reflect.Float64
	case "blob":
		return ours == reflect.TypeFor[[]byte]()
	default:
		return false
	}
}

// TestErrorCodesAreInServiceModels compares every code in the source with the exceptions of the
// models and the errors of all services ("Common Error Types").
func TestErrorCodesAreInServiceModels(t *testing.T) {
	known := map[string]bool{
		// Query protocol, all services
		"ValidationError": true, "MalformedInput": true, "InvalidAction": true, "Throttling": true,
		"ThrottlingException": true, "ValidationException": true, "SerializationException": true, "UnknownOperationException": true,
		// Resource Groups Tagging API, GetResources
		"InvalidParameterException": true, "PaginationTokenExpiredException": true, "ThrottledException": true,
	}
	for _, file := range []string{"elbv2.service-2.json", "acm.service-2.json"} {
		for name, s := range loadModel(t, file).Shapes {
			if s.Exception && s.Error.Code != "" {
				known[s.Error.Code] = true
			} else if s.Exception {
				known[name] = true
			}
		}
	}
	for code, files := range errorCodes(t) {
		if !known[code] && !strings.HasPrefix(files[0], "ec2") {
			t.Errorf("%s, in %v, is not in a service model", code, files)
		}
	}
}

// errorCodes returns the codes that the files of the package pass to refuse.
func errorCodes(t *testing.T) map[string][]string {
	t.Helper()
	codes := map[string][]string{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") || file == "serve.go" {
			continue // serve.go has the codes of all services
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			name, isName := call.Fun.(*ast.Ident)
			code, isCode := call.Args[0].(*ast.BasicLit)
			if isName && isCode && name.Name == "refuse" {
				text, _ := strconv.Unquote(code.Value)
				codes[text] = append(codes[text], file)
			}
			return true
		})
	}
	if len(codes) < 30 {
		t.Fatalf("found only %d codes", len(codes))
	}
	return codes
}
