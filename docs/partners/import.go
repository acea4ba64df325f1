// Command import reads orders from Deputy and imports one, as a partner system.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"
)

// ask sends an operation, waits when the budget is used up, and reads its data.
func ask(query string, variables map[string]any, key string, data any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	for {
		r, err := http.NewRequest(http.MethodPost, os.Getenv("DEPUTY_URL"), bytes.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+os.Getenv("DEPUTY_TOKEN"))
		if key != "" {
			r.Header.Set("Idempotency-Key", key)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			return err // with the same key, it may be sent again
		}
		var answer struct {
			Data   json.RawMessage
			Errors []struct {
				Message    string
				Extensions struct {
					Code       string
					RetryAfter int
				}
			}
		}
		err = json.NewDecoder(response.Body).Decode(&answer)
		_ = response.Body.Close()
		switch {
		case err != nil:
			return err
		case len(answer.Errors) == 0:
			return json.Unmarshal(answer.Data, data)
		case answer.Errors[0].Extensions.Code != "RATE_LIMITED":
			return fmt.Errorf("%s: %s", answer.Errors[0].Extensions.Code, answer.Errors[0].Message)
		}
		time.Sleep(time.Duration(answer.Errors[0].Extensions.RetryAfter) * time.Second)
	}
}

func main() {
	var read struct {
		Orgs struct {
			Nodes []struct {
				ID       string
				Creators struct{ Nodes []struct{ PlatformID string } }
				Orders   struct {
					Nodes []struct{ Number, Status string }
				}
			}
		}
	}
	err := ask(`{ orgs { nodes { id creators(first: 1) { nodes { platformId } } orders(first: 20) { nodes { number status } } } } }`,
		nil, "", &read)
	if err != nil {
		log.Fatal(err)
	}
	org, paidAt := read.Orgs.Nodes[0], time.Now().UTC().Format(time.RFC3339)
	fmt.Println(len(org.Orders.Nodes), "orders")
	var done struct {
		ImportOrders struct {
			Created, Changed, Unchanged int
			UserErrors                  []struct{ Code, Message string }
		}
	}
	err = ask(`mutation ($input: ImportOrdersInput!) {
		importOrders(input: $input) { created changed unchanged userErrors { code message } } }`,
		map[string]any{"input": map[string]any{"orgId": org.ID, "orders": []any{map[string]any{
			"number": "PARTNER-2", "creatorPlatformId": org.Creators.Nodes[0].PlatformID, "productName": "示例商品",
			"amount": 19900, "commission": 1990, "status": "PAID", "paidAt": paidAt,
		}}}}, "import-PARTNER-2-"+paidAt, &done)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%+v\n", done.ImportOrders)
	if len(done.ImportOrders.UserErrors) > 0 {
		os.Exit(1)
	}
}
