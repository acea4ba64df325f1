package cluster

import (
	"context"
	"fmt"
)

// Owner is a person who owns an org.
type Owner struct {
	Token, OrgID string
	// RoleID is one of the org's roles.
	RoleID string
}

// Do asks the server as the token's person, and fails unless it is answered without errors and refusals.
func (c Client) Do(ctx context.Context, s *Server, token, mutation, query string, v Vars) (Answer, error) {
	a, err := c.Ask(ctx, Request{URL: s.URL(), Token: token, Query: query, Vars: v})
	if err == nil && (len(a.Errors) > 0 || a.Refusal(mutation) != "") {
		err = fmt.Errorf("%s: %s", mutation, a.Raw)
	}
	return a, err
}

// SignIn signs the phone number's account in and returns the token.
func (c Client) SignIn(ctx context.Context, s *Server, phone string) (string, error) {
	flow, code, err := c.SignInCode(ctx, s, phone)
	if err != nil {
		return "", err
	}
	a, err := c.Do(ctx, s, "", "signIn", SignInWithCode, Vars{"code": Vars{"flow": flow, "code": code}})
	return a.Text("signIn.token"), err
}

// SignInWithCode is the mutation that takes a code of SignInCode, as $code.
const SignInWithCode = `mutation($code: CodeInput!) { signIn(input: {code: $code}) { token userErrors { code } } }`

// SignInCode has the server send a code to sign in with, and returns it with its flow.
func (c Client) SignInCode(ctx context.Context, s *Server, phone string) (flow, code string, err error) {
	a, err := c.Do(ctx, s, "", "sendCode",
		`mutation($phone: String!) { sendCode(input: {to: {phone: $phone}, purpose: SIGN_IN}) { flow userErrors { code } } }`,
		Vars{"phone": phone})
	if err != nil {
		return "", "", err
	}
	flow = a.Text("sendCode.flow")
	code, err = s.Code(ctx, flow)
	return flow, code, err
}

// CreateOrg opens an org, as $name.
const CreateOrg = `mutation($name: String!) { createOrg(input: {name: $name}) { org { id roles { nodes { id } } }
	userErrors { code } } }`

// Open signs the phone number's account in and opens an org.
func (c Client) Open(ctx context.Context, s *Server, phone, name string) (Owner, error) {
	token, err := c.SignIn(ctx, s, phone)
	if err != nil {
		return Owner{}, err
	}
	a, err := c.Do(ctx, s, token, "createOrg", CreateOrg, Vars{"name": name})
	return Owner{token, a.Text("createOrg.org.id"), a.Text("createOrg.org.roles.nodes.0.id")}, err
}

// BindCode has the server send the code that binds the phone number to the owner's org, and returns it with its flow.
func (c Client) BindCode(ctx context.Context, s *Server, o Owner, phone string) (flow, code string, err error) {
	a, err := c.Do(ctx, s, o.Token, "sendBindCode",
		`mutation($org: ID!, $phone: String!) { sendBindCode(input: {orgId: $org, to: {phone: $phone}}) { flow userErrors {
			code } } }`,
		Vars{"org": o.OrgID, "phone": phone})
	if err != nil {
		return "", "", err
	}
	flow = a.Text("sendBindCode.flow")
	code, err = s.Code(ctx, flow)
	return flow, code, err
}

// CreateSubAccount gives somebody a seat, as $input.
const CreateSubAccount = `mutation($input: CreateSubAccountInput!) { createSubAccount(input: $input) { subAccount { id }
	userErrors { code } } }`

// SubAccount returns the input of CreateSubAccount.
func SubAccount(o Owner, name, flow, code string, roleIDs ...string) Vars {
	return Vars{"input": Vars{
		"orgId": o.OrgID, "name": name, "roleIds": roleIDs,
		"code": Vars{"flow": flow, "code": code},
	}}
}

// Bind gives the phone number a seat with the roles in the owner's org, and returns the sub-account's id.
func (c Client) Bind(ctx context.Context, s *Server, o Owner, phone, name string, roleIDs ...string) (string, error) {
	flow, code, err := c.BindCode(ctx, s, o, phone)
	if err != nil {
		return "", err
	}
	a, err := c.Do(ctx, s, o.Token, "createSubAccount", CreateSubAccount, SubAccount(o, name, flow, code, roleIDs...))
	return a.Text("createSubAccount.subAccount.id"), err
}
