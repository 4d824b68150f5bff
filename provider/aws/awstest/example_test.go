package awstest_test

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"

	"github.com/headgate-io/headgate/provider/aws/awstest"
)

// The SDK's client calls the embedded cloud, which stores resources and records every call.
func Example() {
	cloud := awstest.NewServer(awstest.Options{})
	defer cloud.Close()
	client := elb.New(elb.Options{
		Region: cloud.Region(), BaseEndpoint: aws.String(cloud.URL()),
		Credentials: credentials.NewStaticCredentialsProvider("AKIAEXAMPLE", "any", ""),
	})
	out, err := client.CreateTargetGroup(context.Background(), &elb.CreateTargetGroupInput{
		Name: aws.String("shop"), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(8080),
		TargetType: types.TargetTypeEnumIp, VpcId: aws.String(cloud.VPCID()),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(*out.TargetGroups[0].TargetGroupName, *out.TargetGroups[0].HealthCheckPath)
	for _, call := range cloud.Wire().Writes() {
		fmt.Println(call.API, call.Status)
	}
	// Output:
	// shop /
	// CreateTargetGroup 200
}
