package modeltest_test

import (
	"fmt"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
)

// Property tests draw models and requests; here one of each.
func Example() {
	lb := modeltest.LoadBalancers(modeltest.Options{}).Example(1)
	sealed, err := model.Seal(lb)
	if err != nil {
		fmt.Println(err)
		return
	}
	request := modeltest.Requests(sealed).Example(1)
	fmt.Println(model.Decide(sealed, request).Action != "")
	// Output:
	// true
}
