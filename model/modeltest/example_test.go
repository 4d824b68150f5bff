package modeltest_test

import (
	"fmt"

	"github.com/headgate-io/headgate/model"
	"github.com/headgate-io/headgate/model/modeltest"
)

// Models and requests are drawn for property tests: here one of each, as rapid's own checks would
// draw thousands.
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
