//nolint:revive // names as on the wire
package awstest

// The shapes of EC2 (API version 2016-11-15) that security groups and subnets of a load balancer
// need. The tags "in" and "out" are the names of a member in requests and responses, if they differ
// from that of the field.

type ec2Tag struct {
	Key   string `aws:"required,min=1,max=128"`
	Value string `aws:"max=256"`
}

type ec2TagSpecification struct {
	ResourceType string   `aws:"required"`
	Tags         []ec2Tag `aws:"in=Tag"`
}

type ec2Filter struct {
	Name   string   `aws:"required"`
	Values []string `aws:"required,in=Value"`
}

type ec2Permission struct {
	IpProtocol    string       `aws:"required"`
	FromPort      *int32       `aws:"min=-1,max=65535"`
	ToPort        *int32       `aws:"min=-1,max=65535"`
	Groups        []ec2Pair    `aws:"out=groups"`
	IpRanges      []ec2Range   `aws:"out=ipRanges"`
	Ipv6Ranges    []ec2Range6  `aws:"out=ipv6Ranges"`
	PrefixListIds []ec2ListRef `aws:"out=prefixListIds"`
}

type ec2Pair struct {
	GroupId     string
	UserId      string
	Description string
}

type ec2Range struct {
	CidrIp      string `aws:"required"`
	Description string
}

type ec2Range6 struct {
	CidrIpv6    string `aws:"required"`
	Description string
}

type ec2ListRef struct {
	PrefixListId string
	Description  string
}

type ec2GroupShape struct {
	OwnerId             string
	GroupName           string
	GroupId             string
	GroupDescription    string
	VpcId               string
	IpPermissions       []ec2Permission
	IpPermissionsEgress []ec2Permission
	Tags                []ec2Tag `aws:"out=tagSet"`
}

type ec2RuleShape struct {
	SecurityGroupRuleId string
	GroupId             string
	GroupOwnerId        string
	IsEgress            bool
	IpProtocol          string
	FromPort            *int32
	ToPort              *int32
	CidrIpv4            string
	CidrIpv6            string
	PrefixListId        string
	ReferencedGroupInfo *ec2ReferencedGroup
	Description         string
	Tags                []ec2Tag `aws:"out=tagSet"`
}

type ec2ReferencedGroup struct {
	GroupId string
	UserId  string
}

type createSecurityGroupInput struct {
	GroupName         string `aws:"required,max=255"`
	GroupDescription  string `aws:"required,max=255"`
	VpcId             string
	TagSpecifications []ec2TagSpecification `aws:"in=TagSpecification"`
	DryRun            *bool
}

type createSecurityGroupOutput struct {
	Return  bool
	GroupId string
	Tags    []ec2Tag `aws:"out=tagSet"`
}

type permissionsInput struct {
	GroupId           string `aws:"required"`
	IpPermissions     []ec2Permission
	TagSpecifications []ec2TagSpecification `aws:"in=TagSpecification"`
	DryRun            *bool
}

type authorizeOutput struct {
	Return             bool
	SecurityGroupRules []ec2RuleShape `aws:"out=securityGroupRuleSet"`
}

type revokeInput struct {
	GroupId              string `aws:"required"`
	IpPermissions        []ec2Permission
	SecurityGroupRuleIds []string `aws:"in=SecurityGroupRuleId"`
	DryRun               *bool
}

type returnOutput struct{ Return bool }

type deleteSecurityGroupInput struct {
	GroupId string `aws:"required"`
	DryRun  *bool
}

type deleteSecurityGroupOutput struct {
	Return  bool
	GroupId string
}

type describeSecurityGroupsInput struct {
	GroupIds   []string    `aws:"in=GroupId"`
	GroupNames []string    `aws:"in=GroupName"`
	Filters    []ec2Filter `aws:"in=Filter"`
	MaxResults *int32      `aws:"min=5,max=1000"`
	NextToken  string
	DryRun     *bool
}

type describeSecurityGroupsOutput struct {
	SecurityGroups []ec2GroupShape `aws:"out=securityGroupInfo"`
	NextToken      string
}

type describeSecurityGroupRulesInput struct {
	SecurityGroupRuleIds []string    `aws:"in=SecurityGroupRuleId"`
	Filters              []ec2Filter `aws:"in=Filter"`
	MaxResults           *int32      `aws:"min=5,max=1000"`
	NextToken            string
	DryRun               *bool
}

type describeSecurityGroupRulesOutput struct {
	SecurityGroupRules []ec2RuleShape `aws:"out=securityGroupRuleSet"`
	NextToken          string
}

type describeSubnetsInput struct {
	SubnetIds  []string    `aws:"in=SubnetId"`
	Filters    []ec2Filter `aws:"in=Filter"`
	MaxResults *int32      `aws:"min=5,max=1000"`
	NextToken  string
	DryRun     *bool
}

type ec2SubnetShape struct {
	SubnetId                string
	State                   string
	VpcId                   string
	CidrBlock               string
	AvailableIpAddressCount int32
	AvailabilityZone        string
	AvailabilityZoneId      string
	DefaultForAz            bool
	MapPublicIpOnLaunch     bool
	OwnerId                 string
	SubnetArn               string
	Tags                    []ec2Tag `aws:"out=tagSet"`
}

type describeSubnetsOutput struct {
	Subnets   []ec2SubnetShape `aws:"out=subnetSet"`
	NextToken string
}

type describeVpcsInput struct {
	VpcIds     []string    `aws:"in=VpcId"`
	Filters    []ec2Filter `aws:"in=Filter"`
	MaxResults *int32      `aws:"min=5,max=1000"`
	NextToken  string
	DryRun     *bool
}

type ec2VpcShape struct {
	VpcId                   string
	State                   string
	CidrBlock               string
	OwnerId                 string
	IsDefault               bool
	CidrBlockAssociationSet []ec2CidrAssociation
	Tags                    []ec2Tag `aws:"out=tagSet"`
}

type ec2CidrAssociation struct {
	AssociationId  string
	CidrBlock      string
	CidrBlockState ec2CidrState
}

type ec2CidrState struct{ State string }

type describeVpcsOutput struct {
	Vpcs      []ec2VpcShape `aws:"out=vpcSet"`
	NextToken string
}

type describeAvailabilityZonesInput struct {
	ZoneNames []string    `aws:"in=ZoneName"`
	Filters   []ec2Filter `aws:"in=Filter"`
	DryRun    *bool
}

type ec2ZoneShape struct {
	ZoneName   string
	State      string `aws:"out=zoneState"`
	RegionName string
	ZoneId     string
	ZoneType   string
}

type describeAvailabilityZonesOutput struct {
	AvailabilityZones []ec2ZoneShape `aws:"out=availabilityZoneInfo"`
}

type describeNetworkInterfacesInput struct {
	NetworkInterfaceIds []string    `aws:"in=NetworkInterfaceId"`
	Filters             []ec2Filter `aws:"in=Filter"`
	MaxResults          *int32      `aws:"min=5,max=1000"`
	NextToken           string
	DryRun              *bool
}

type ec2InterfaceShape struct {
	NetworkInterfaceId string
	SubnetId           string
	VpcId              string
	AvailabilityZone   string
	Description        string
	OwnerId            string
	RequesterId        string
	RequesterManaged   bool
	Status             string
	Groups             []ec2GroupName `aws:"out=groupSet"`
}

type ec2GroupName struct {
	GroupId   string
	GroupName string
}

type describeNetworkInterfacesOutput struct {
	NetworkInterfaces []ec2InterfaceShape `aws:"out=networkInterfaceSet"`
	NextToken         string
}

type createTagsInput struct {
	Resources []string `aws:"required,in=ResourceId"`
	Tags      []ec2Tag `aws:"required,in=Tag"`
	DryRun    *bool
}

type deleteTagsInput struct {
	Resources []string    `aws:"required,in=ResourceId"`
	Tags      []ec2TagKey `aws:"in=Tag"`
	DryRun    *bool
}

type ec2TagKey struct {
	Key   string
	Value *string
}
