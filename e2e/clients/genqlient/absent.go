package deputy

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"

	"github.com/Khan/genqlient/graphql"
)

// Absent leaves out of the variables whatever is nil. To Deputy, null empties a field and absent leaves it alone.
type Absent struct{ graphql.Client }

// MakeRequest implements graphql.Client.
func (a Absent) MakeRequest(ctx context.Context, request *graphql.Request, response *graphql.Response) error {
	text, err := json.Marshal(request.Variables)
	if err != nil {
		return err
	}
	numbers := json.NewDecoder(bytes.NewReader(text))
	numbers.UseNumber()
	var variables any
	if err := numbers.Decode(&variables); err != nil {
		return err
	}
	given := *request
	given.Variables = withoutNulls(variables)
	return a.Client.MakeRequest(ctx, &given, response)
}

func withoutNulls(value any) any {
	switch v := value.(type) {
	case []any:
		for i := range v {
			v[i] = withoutNulls(v[i])
		}
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, member any) bool { return member == nil })
		for name, member := range v {
			v[name] = withoutNulls(member)
		}
	}
	return value
}
