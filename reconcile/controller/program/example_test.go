package program_test

import (
	"errors"
	"fmt"

	"github.com/headgate-io/headgate/provider"
	"github.com/headgate-io/headgate/reconcile/controller/program"
)

// Events name a missing permission as the policies of the cloud do.
func ExamplePermissionOfAWS() {
	fmt.Println(program.PermissionOfAWS(&provider.Error{Code: provider.Denied, Op: "CreateSecurityGroup", Err: errors.New("you are not authorized")}))
	// Output:
	// ec2:CreateSecurityGroup
}
