package deputy

import (
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/Khan/genqlient/graphql"
)

type bearer string

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	r.Header.Set("Authorization", "Bearer "+string(b))
	return http.DefaultTransport.RoundTrip(r)
}

// open returns a client for API with TOKEN, and the org to work in.
func open() (client graphql.Client, org string) {
	return Absent{graphql.NewClient(os.Getenv("API"), &http.Client{Transport: bearer(os.Getenv("TOKEN"))})},
		os.Getenv("ORG")
}

func unique(name string) string { return name + strconv.FormatInt(time.Now().UnixNano(), 36) }

func TestAList(t *testing.T) {
	client, org := open()
	first := 2
	answer, err := Creators(t.Context(), client, org, &first, nil)
	if err != nil {
		t.Fatal(err)
	}
	creators := answer.Org.Creators
	if len(creators.Nodes) != 2 || creators.TotalCount < 3 || creators.Nodes[0].UpdatedAt.IsZero() {
		t.Errorf("%+v", creators)
	}
	none := "no such creator"
	answer, err = Creators(t.Context(), client, org, nil, &CreatorFilter{Search: &none})
	if err != nil || answer.Org.Creators.TotalCount != 0 {
		t.Errorf("%v: %+v", err, answer)
	}
}

func TestAnUpdateLeavesAloneWhatItDoesNotName(t *testing.T) {
	client, org := open()
	category, from, to, followers := "美妆", "2026-01-01", "2027-12-31", int64(777)
	made, err := CreateCreator(t.Context(), client, CreateCreatorInput{
		OrgId: org, Name: "小美", PlatformId: unique("dy_"), Category: &category, ContractFrom: &from, ContractTo: &to,
	})
	if err != nil || made.CreateCreator.Creator == nil {
		t.Fatalf("%v: %+v", err, made)
	}
	id := made.CreateCreator.Creator.Id
	updated, err := UpdateCreator(t.Context(), client, UpdateCreatorInput{OrgId: org, Id: id, Followers: &followers})
	if err != nil || updated.UpdateCreator.Creator == nil {
		t.Fatalf("%v: %+v", err, updated)
	}
	now := updated.UpdateCreator.Creator
	if now.Followers != followers || now.Category != category || now.ContractFrom == nil || *now.ContractFrom != from ||
		now.ContractTo == nil || *now.ContractTo != to {
		t.Errorf("%+v", now)
	}
	ended, err := EndOfContract(t.Context(), client, org, id)
	if err != nil || ended.UpdateCreator.Creator == nil {
		t.Fatalf("%v: %+v", err, ended)
	}
	if last := ended.UpdateCreator.Creator; last.ContractTo != nil || last.ContractFrom == nil ||
		*last.ContractFrom != from || last.Category != category {
		t.Errorf("%+v", last)
	}
}

func TestWhatHasADefaultMayBeLeftOut(t *testing.T) {
	client, org := open()
	made, err := CreateRole(t.Context(), client, CreateRoleInput{
		OrgId: org, Name: unique("运营"),
		Grants: []GrantInput{{Module: ModuleOrders}},
	})
	if err != nil || made.CreateRole.Role == nil || len(made.CreateRole.Role.Grants) != 1 {
		t.Fatalf("%v: %+v", err, made)
	}
	if grant := made.CreateRole.Role.Grants[0]; grant.Scope != ScopeAll ||
		!slices.Equal(grant.Actions, []Action{ActionView}) {
		t.Errorf("%+v", grant)
	}
}

func TestOneOfTwo(t *testing.T) {
	client, _ := open()
	answer, err := SignIn(t.Context(), client, SignInInput{Code: &CodeInput{Flow: "flw_none", Code: "123456"}})
	if err != nil || len(answer.SignIn.UserErrors) != 1 || answer.SignIn.UserErrors[0].Code != UserErrorCodeCodeExpired {
		t.Errorf("%v: %+v", err, answer)
	}
}
