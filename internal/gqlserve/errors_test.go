package gqlserve_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"deputy/internal/fault"
	"deputy/internal/gqlserve"
	"deputy/internal/lang"
)

func TestFieldErrorsSpeakTheLanguageOfTheRequest(t *testing.T) {
	t.Parallel()
	ts, _ := server(t, newSchema())
	for header, want := range map[string]string{
		"":                           "无权查看",
		"zh-CN,zh;q=0.9,en;q=0.8":    "无权查看",
		"zh-Hant-TW":                 "无权查看",
		"en-GB":                      "not allowed",
		"fr, en;q=0.5":               "not allowed",
		"fr":                         "无权查看",
		"en;q=0, zh":                 "无权查看",
		"*":                          "无权查看",
		"!!":                         "无权查看",
		strings.Repeat("en,", 1_000): "无权查看",
	} {
		s := post(`{"query":"{refused}"}`, "")
		s.header["Accept-Language"] = header
		g := send(t, ts, s)
		if len(g.errors) != 1 || g.errors[0].Message != want {
			t.Errorf("%q: %s, want %s", header, g.text, want)
			continue
		}
		e := g.errors[0]
		if !reflect.DeepEqual(e.Extensions, map[string]any{
			"code": "FORBIDDEN", "module": "TASKS",
			"coordinate": "Query.refused",
		}) ||
			!reflect.DeepEqual(e.Path, []any{"refused"}) || len(e.Locations) != 1 {
			t.Errorf("%s", g.text)
		}
	}
}

func TestWhatIsNoFaultIsInternal(t *testing.T) {
	t.Parallel()
	for field, stack := range map[string]bool{"broken": false, "panics": true} {
		ts, log := server(t, newSchema())
		g := send(t, ts, post(`{"query":"query Q($s:Int){name `+field+` echo(n:$s)}","variables":{"s":1}}`, ""))
		want := `{"errors":[{"message":"服务器内部错误","path":["` + field + `"],` +
			`"extensions":{"code":"INTERNAL","requestId":"req-1"}}]`
		// A panic has no place in the document.
		bare := strings.Replace(g.text, `,"locations":[{"line":1,"column":22}]`, "", 1)
		if !strings.HasPrefix(bare, want) || !strings.Contains(bare, `"name":"张三`) {
			t.Errorf("%s answers %s", field, g.text)
		}
		var found map[string]any
		for _, line := range log.lines(t) {
			if line["msg"] == "internal error" {
				if found != nil {
					t.Errorf("%s was logged twice", field)
				}
				found = line
			}
		}
		text, _ := found["error"].(string)
		if found["request_id"] != "req-1" || found["path"] != field || !strings.Contains(text, "secret of the") {
			t.Errorf("%s logs %v", field, found)
		}
		if trace, _ := found["stack"].(string); strings.Contains(trace, "schema_test.go") != stack {
			t.Errorf("%s logs the stack %q", field, trace)
		}
		// The server lives on.
		if g := send(t, ts, post(`{"query":"{name}"}`, "")); g.code() != nil {
			t.Errorf("after %s: %s", field, g.text)
		}
	}
}

func TestPanicsOutsideOfResolvers(t *testing.T) {
	t.Parallel()
	var log logged
	errs := gqlserve.Errors{Log: log.logger()}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewBufferString(`{"query":"{name}"}`))
	r.Header.Set("Content-Type", plainJSON)
	gqlserve.HTTP{Errors: errs}.Do(w, r, nil)
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), `"INTERNAL"`) ||
		strings.Contains(w.Body.String(), `"data"`) || w.Header().Get("Content-Type") != plainJSON+"; charset=utf-8" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
	if !strings.Contains(log.String(), "stack") {
		t.Errorf("no stack in %s", &log)
	}
}

func TestPresent(t *testing.T) {
	t.Parallel()
	zh := fault.Message{Zh: "不对 %d", En: "wrong %d"}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, test := range map[string]struct {
		ctx     context.Context
		err     error
		code    string
		message string
		logs    string
	}{
		"fault": {t.Context(), fault.New(fault.RateLimited, zh, 7), "RATE_LIMITED", "不对 7", ""},
		"wrapped fault": {
			t.Context(), fmt.Errorf("x: %w", fault.New(fault.RateLimited, zh, 7)), "RATE_LIMITED", "不对 7",
			"",
		},
		"in English": {
			lang.With(t.Context(), fault.En), fault.New(fault.RateLimited, zh, 7), "RATE_LIMITED",
			"wrong 7", "",
		},
		"refusal": {t.Context(), fault.New(fault.TooMany, zh, 7), "BAD_REQUEST", "不对 7", ""},
		"fault with cause": {t.Context(), &fault.Error{
			Code: fault.Forbidden, Message: fault.Message{Zh: "否"},
			Cause: errors.New("why"),
		}, "FORBIDDEN", "否", "why"},
		"internal fault": {
			t.Context(), &fault.Error{Code: fault.Internal, Message: fault.Message{Zh: "泄漏"}}, "INTERNAL",
			"服务器内部错误", "INTERNAL",
		},
		"plain":    {t.Context(), errors.New("pq: secret"), "INTERNAL", "服务器内部错误", "pq: secret"},
		"gqlerror": {t.Context(), gqlerror.Errorf("must not be null"), "INTERNAL", "服务器内部错误", "must not be null"},
		"parse": {t.Context(), &gqlerror.Error{
			Message:    "Unexpected",
			Extensions: map[string]any{"code": "GRAPHQL_PARSE_FAILED", "file": "x"},
		}, "GRAPHQL_PARSE_FAILED", "Unexpected", ""},
		"of a gone request": {gone, errors.New("sql: canceled"), "BAD_REQUEST", "请求已取消", "sql: canceled"},
		"fault, gone":       {gone, fault.New(fault.RateLimited, zh, 7), "RATE_LIMITED", "不对 7", ""},
		"canceled alone":    {t.Context(), context.Canceled, "INTERNAL", "服务器内部错误", "context canceled"},
	} {
		var log logged
		said := gqlserve.Errors{Log: log.logger()}.Present(test.ctx, test.err)
		if said.Message != test.message || said.Extensions["code"] != test.code || said.Extensions["file"] != nil {
			t.Errorf("%s: %q %v", name, said.Message, said.Extensions)
		}
		if test.logs == "" && log.String() != "" || !strings.Contains(log.String(), test.logs) {
			t.Errorf("%s logs %q, want %q", name, &log, test.logs)
		}
	}
}

func TestErrorsOfArgumentsAreTheClients(t *testing.T) {
	t.Parallel()
	// As generated code reads arguments: the field's context, and within it the path into its arguments.
	field := graphql.WithFieldContext(t.Context(),
		&graphql.FieldContext{Field: graphql.CollectedField{Field: &ast.Field{Alias: "orders"}}})
	inside := graphql.WithPathContext(graphql.WithPathContext(field, graphql.NewPathWithField("filter")),
		graphql.NewPathWithField("since"))
	for name, test := range map[string]struct {
		err                     error
		message, code, argument string
	}{
		"unreadable": {
			graphql.ErrorOnPath(inside, errors.New("hunter2 is no time")), "参数 filter.since 的值无效", "BAD_REQUEST",
			"filter.since",
		},
		"fault": {
			graphql.ErrorOnPath(inside, fault.New(fault.BadRequest, fault.Message{Zh: "不是时间"})), "不是时间",
			"BAD_REQUEST", "filter.since",
		},
		"resolver": {graphql.ErrorOnPath(field, errors.New("hunter2")), "服务器内部错误", "INTERNAL", ""},
		"elsewhere": {
			gqlerror.WrapPath(ast.Path{ast.PathName("tasks"), ast.PathName("id")}, errors.New("x")), "服务器内部错误",
			"INTERNAL", "",
		},
		"in a list": {gqlerror.WrapPath(ast.Path{ast.PathName("orders"), ast.PathIndex(1), ast.PathName("id")},
			errors.New("x")), "服务器内部错误", "INTERNAL", ""},
	} {
		said := discard().Present(field, test.err)
		argument, _ := said.Extensions["argument"].(string)
		if said.Message != test.message || said.Extensions["code"] != test.code || argument != test.argument {
			t.Errorf("%s: %q %v", name, said.Message, said.Extensions)
		}
		if argument != "" && said.Path.String() != "orders" {
			t.Errorf("%s: path %s", name, said.Path)
		}
	}
}

func TestErrorsOfVariablesHaveNoPathIntoTheData(t *testing.T) {
	t.Parallel()
	err := gqlerror.ErrorPathf(ast.Path{ast.PathName("variable"), ast.PathName("input"), ast.PathIndex(2)},
		"must be defined")
	err.Extensions = map[string]any{"code": "GRAPHQL_VALIDATION_FAILED"}
	said := discard().Present(t.Context(), err)
	if said.Path != nil || said.Extensions["variable"] != "input[2]" {
		t.Errorf("%v %v", said.Path, said.Extensions)
	}
}
