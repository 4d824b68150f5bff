package azuretest

import (
	"net/http"
	"strings"
)

// openScope creates a resource group with the virtual network of a new account.
func (s *Server) openScope(subscription, group string) {
	id := groupID(subscription, group)
	if _, ok := s.store.groups[key(id)]; ok {
		return
	}
	s.store.groups[key(id)] = id
	network := &resource{
		id: resourceID(subscription, group, typeNetwork, NetworkName), kind: typeNetwork, name: NetworkName, subscription: subscription, group: group,
		state: "Succeeded", document: map[string]any{
			"location":   s.options.Location,
			"properties": map[string]any{"addressSpace": map[string]any{"addressPrefixes": []any{"10.0.0.0/8"}}},
		},
	}
	s.store.renewETag(network)
	s.store.put(network)
	for name, prefix := range map[string]string{GatewaySubnet: "10.255.0.0/24", PodSubnet: "10.0.0.0/16"} {
		s.storeSubnet(network, name, map[string]any{"properties": map[string]any{"addressPrefix": prefix}})
	}
}

// scope checks that the subscription and the group of a call exist. Unless Restrict is set, it
// creates the group.
func (s *Server) scope(c call) *apiError {
	if s.options.Restrict && !strings.EqualFold(c.subscription, s.options.Subscription) {
		return refuse(http.StatusNotFound, "SubscriptionNotFound", "The subscription '%s' could not be found.", c.subscription)
	}
	if c.group == "" || c.kind == typeGroup {
		return nil
	}
	if _, ok := s.store.groups[key(groupID(c.subscription, c.group))]; ok {
		return nil
	}
	if s.options.Restrict {
		return refuse(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", c.group)
	}
	s.openScope(c.subscription, c.group)
	return nil
}

// serveGroup serves the creation and the existence of resource groups.
func (s *Server) serveGroup(w http.ResponseWriter, r *http.Request, c call) *apiError {
	id := groupID(c.subscription, c.name)
	_, have := s.store.groups[key(id)]
	body := map[string]any{
		"id": id, "name": c.name, "type": "Microsoft.Resources/resourceGroups", "location": s.options.Location,
		"properties": map[string]any{"provisioningState": "Succeeded"},
	}
	switch {
	case r.Method == http.MethodPut && c.name != "":
		status := http.StatusOK
		if !have {
			status = http.StatusCreated
			s.store.groups[key(id)] = id
			s.changed.fire()
		}
		writeJSON(w, status, body)
	case r.Method == http.MethodGet && c.name != "" && (have || !s.options.Restrict):
		writeJSON(w, http.StatusOK, body)
	case r.Method == http.MethodGet && c.name != "":
		return refuse(http.StatusNotFound, "ResourceGroupNotFound", "Resource group '%s' could not be found.", c.name)
	default:
		return notAllowed(r)
	}
	return nil
}

// plain is how a type of resource without a data plane is served.
type plain struct {
	render func(*resource) map[string]any
	check  func(document map[string]any) *apiError
	made   func(*resource) // called when a write is accepted
	ready  func(*resource) // called when its operation has succeeded; may be nil
	inUse  func(*resource) *apiError
	pace   pace
	// settled makes a write without changes Succeeded at once.
	settled bool
}

// servePlain serves reads, writes and deletions, whose operations end after the operation delay.
func (s *Server) servePlain(w http.ResponseWriter, r *http.Request, c call, p plain) *apiError {
	if c.name == "" {
		return s.listPlain(w, r, c, p)
	}
	have := s.store.get(c.id())
	switch r.Method {
	case http.MethodGet:
		if have == nil {
			return s.missing(c)
		}
		w.Header().Set("Etag", have.etag)
		writeJSON(w, http.StatusOK, p.render(have))
		return nil
	case http.MethodPut:
		return s.putPlain(w, r, c, have, p)
	case http.MethodDelete:
		return s.deletePlain(w, r, c, have, p)
	default:
		return notAllowed(r)
	}
}

func (s *Server) listPlain(w http.ResponseWriter, r *http.Request, c call, p plain) *apiError {
	if r.Method != http.MethodGet {
		return notAllowed(r)
	}
	values := []any{}
	for _, have := range s.store.list(c.kind, c.subscription, c.group) {
		values = append(values, p.render(have))
	}
	writeJSON(w, http.StatusOK, map[string]any{"value": values})
	return nil
}

func (s *Server) putPlain(w http.ResponseWriter, r *http.Request, c call, have *resource, p plain) *apiError {
	document, err := readBody(r)
	if err != nil {
		return err
	}
	if err := s.precondition(r, c.id(), have); err != nil {
		return err
	}
	if err := s.checkEnvelope(c, have, document); err != nil {
		return err
	}
	if err := p.check(document); err != nil {
		return err
	}
	status := http.StatusOK
	now := &resource{id: c.id(), kind: c.kind, name: c.name, subscription: c.subscription, group: c.group, document: stripReadOnly(document), state: "Updating"}
	if have == nil {
		status = http.StatusCreated
	} else {
		now.address = have.address
		if p.settled && have.state == "Succeeded" && canonical(have.document) == canonical(now.document) {
			now.state = "Succeeded"
		}
	}
	p.made(now)
	s.store.renewETag(now)
	s.store.put(now)
	answer := p.render(now)
	s.store.renewETag(now) // Unverified: that the reply has another ETag, as that of a gateway does
	s.announce(w, r, s.begin(p.operation(s.store, now)), c.subscription, false)
	s.refresh()
	writeJSON(w, status, answer)
	return nil
}

// operation returns the operation after a write. Its end changes the ETag again.
func (p plain) operation(store *store, r *resource) *operation {
	op := &operation{pace: p.pace}
	op.apply = func() {
		if r.state == "Succeeded" {
			return
		}
		r.state = "Succeeded"
		store.renewETag(r)
		if p.ready != nil {
			p.ready(r)
		}
	}
	op.rollback = func(*apiError) {
		r.state = "Failed"
		store.renewETag(r)
	}
	return op
}

func (s *Server) deletePlain(w http.ResponseWriter, r *http.Request, c call, have *resource, p plain) *apiError {
	if have == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err := s.precondition(r, have.id, have); err != nil {
		return err
	}
	if err := p.inUse(have); err != nil {
		return err
	}
	have.state = "Deleting"
	s.store.renewETag(have)
	op := p.operation(s.store, have)
	op.pace, op.apply = longPace(), func() { s.store.drop(have) }
	s.announce(w, r, s.begin(op), c.subscription, true)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// stripReadOnly removes the properties that only the service sets.
func stripReadOnly(document map[string]any) map[string]any {
	for _, k := range []string{"id", "name", "type", "etag"} {
		delete(document, k)
	}
	for _, k := range []string{"provisioningState", "resourceGuid", "ipConfiguration", "ipAddress"} {
		delete(properties(document), k)
	}
	return document
}

func renderPlain(r *resource) map[string]any {
	document := clone(r.document)
	document["id"], document["name"], document["etag"] = r.id, r.name, r.etag
	document["type"] = provider + "/" + r.kind
	properties(document)["provisioningState"] = r.state
	return document
}

func accepted(map[string]any) *apiError { return nil }

// servePublicIP serves Microsoft.Network/publicIPAddresses.
func (s *Server) servePublicIP(w http.ResponseWriter, r *http.Request, c call) *apiError {
	return s.servePlain(w, r, c, plain{
		check: checkPublicIP, pace: publicIPPace(), settled: true,
		made: func(*resource) {},
		ready: func(r *resource) {
			if r.address == "" {
				r.address = s.store.nextAddress()
			}
		},
		render: func(r *resource) map[string]any {
			document := renderPlain(r)
			p := properties(document)
			if r.address != "" {
				p["ipAddress"] = r.address
			}
			if user := s.store.userOf(r.id); user != "" {
				p["ipConfiguration"] = map[string]any{"id": user}
			}
			return document
		},
		inUse: func(r *resource) *apiError {
			if user := s.store.userOf(r.id); user != "" {
				return invalid("PublicIPAddressCannotBeDeleted", "Public IP address %s can not be deleted since it is still allocated to resource %s.", r.id, user)
			}
			return nil
		},
	})
}

// checkPublicIP fills in the defaults of a public IP address. An address of SKU Standard is static
// (Public IP addresses, SKU).
func checkPublicIP(document map[string]any) *apiError {
	p := properties(document)
	name, _ := dig(document, "sku", "name").(string)
	if name == "" {
		document["sku"] = map[string]any{"name": "Standard", "tier": "Regional"}
		name = "Standard"
	}
	if p["publicIPAllocationMethod"] == nil {
		p["publicIPAllocationMethod"] = "Dynamic"
	}
	if p["publicIPAddressVersion"] == nil {
		p["publicIPAddressVersion"] = "IPv4"
	}
	if p["idleTimeoutInMinutes"] == nil {
		p["idleTimeoutInMinutes"] = 4.0
	}
	if name == "Standard" && p["publicIPAllocationMethod"] != "Static" {
		return invalid("PublicIPAddressWithStandardSkuMustUseStaticAllocationMethod", "Standard sku publicIp must have AllocationMethod set to Static.")
	}
	return nil
}

// serveSecurityGroup serves Microsoft.Network/networkSecurityGroups. They are stored and have no
// effect.
func (s *Server) serveSecurityGroup(w http.ResponseWriter, r *http.Request, c call) *apiError {
	return s.servePlain(w, r, c, plain{
		check: accepted, render: renderPlain, pace: networkPace(), made: func(*resource) {}, inUse: func(*resource) *apiError { return nil },
	})
}

// serveNetwork serves Microsoft.Network/virtualNetworks and their subnets.
func (s *Server) serveNetwork(w http.ResponseWriter, r *http.Request, c call) *apiError {
	if strings.EqualFold(c.child, typeSubnet) {
		return s.serveSubnet(w, r, c)
	}
	if isAddressCheck(c.child) {
		network := s.store.get(c.id())
		if network == nil {
			return s.missing(c)
		}
		return s.checkAddress(w, r, network)
	}
	return s.servePlain(w, r, c, plain{
		check: accepted, pace: networkPace(),
		made: func(n *resource) { s.adoptSubnets(n) },
		render: func(n *resource) map[string]any {
			document := renderPlain(n)
			subnets := []any{}
			for _, sub := range s.subnetsOf(n.id) {
				subnets = append(subnets, renderSubnet(sub))
			}
			properties(document)["subnets"] = subnets
			return document
		},
		inUse: func(n *resource) *apiError {
			for _, sub := range s.subnetsOf(n.id) {
				if user := s.store.subnetUser(sub.id); user != "" {
					return subnetInUse(sub, user)
				}
			}
			for _, sub := range s.subnetsOf(n.id) {
				s.store.drop(sub)
			}
			return nil
		},
	})
}

func subnetInUse(sub *resource, user string) *apiError {
	return invalid("InUseSubnetCannotBeDeleted", "Subnet %s is in use by %s and cannot be deleted.", sub.name, user)
}

// adoptSubnets stores the subnets in a network's document as resources of their own.
func (s *Server) adoptSubnets(n *resource) {
	p := properties(n.document)
	for _, item := range list(p["subnets"]) {
		if name, ok := item["name"].(string); ok {
			s.storeSubnet(n, name, stripReadOnly(item))
		}
	}
	delete(p, "subnets")
}

func (s *Server) subnetsOf(networkID string) []*resource {
	var found []*resource
	prefix := key(networkID) + "/"
	network := s.store.get(networkID)
	if network == nil {
		return nil
	}
	for _, r := range s.store.list(typeSubnet, network.subscription, network.group) {
		if strings.HasPrefix(key(r.id), prefix) {
			found = append(found, r)
		}
	}
	return found
}

func (s *Server) storeSubnet(network *resource, name string, document map[string]any) *resource {
	sub := &resource{
		id: network.id + "/" + typeSubnet + "/" + name, kind: typeSubnet, name: name,
		subscription: network.subscription, group: network.group, document: document, state: "Succeeded",
	}
	s.store.renewETag(sub)
	s.store.put(sub)
	return sub
}

func renderSubnet(r *resource) map[string]any {
	document := renderPlain(r)
	document["type"] = provider + "/" + typeNetwork + "/" + typeSubnet
	return document
}

func (s *Server) serveSubnet(w http.ResponseWriter, r *http.Request, c call) *apiError {
	network := s.store.get(c.id())
	if network == nil {
		return s.missing(c)
	}
	if c.childName == "" {
		if r.Method != http.MethodGet {
			return notAllowed(r)
		}
		values := []any{}
		for _, sub := range s.subnetsOf(network.id) {
			values = append(values, renderSubnet(sub))
		}
		writeJSON(w, http.StatusOK, map[string]any{"value": values})
		return nil
	}
	sub := s.store.get(network.id + "/" + typeSubnet + "/" + c.childName)
	switch r.Method {
	case http.MethodGet:
		if sub == nil {
			return refuse(http.StatusNotFound, "NotFound", "Resource %s/%s/%s not found.", network.id, typeSubnet, c.childName)
		}
		w.Header().Set("Etag", sub.etag)
		writeJSON(w, http.StatusOK, renderSubnet(sub))
		return nil
	case http.MethodPut:
		return s.putSubnet(w, r, c, network, sub)
	case http.MethodDelete:
		return s.deleteSubnet(w, r, c, sub)
	default:
		return notAllowed(r)
	}
}

func (s *Server) putSubnet(w http.ResponseWriter, r *http.Request, c call, network, have *resource) *apiError {
	document, err := readBody(r)
	if err != nil {
		return err
	}
	if err := s.precondition(r, network.id, have); err != nil {
		return err
	}
	if dig(document, "properties", "addressPrefix") == nil && dig(document, "properties", "addressPrefixes") == nil {
		return invalid("SubnetAddressPrefixMissing", "Subnet %s has no address prefix.", c.childName)
	}
	status := http.StatusOK
	if have == nil {
		status = http.StatusCreated
	}
	sub := s.storeSubnet(network, c.childName, stripReadOnly(document))
	answer := renderSubnet(sub)
	s.store.renewETag(sub)
	op := &operation{pace: networkPace(), apply: func() { s.store.renewETag(sub) }}
	s.announce(w, r, s.begin(op), c.subscription, false)
	s.changed.fire()
	writeJSON(w, status, answer)
	return nil
}

func (s *Server) deleteSubnet(w http.ResponseWriter, r *http.Request, c call, sub *resource) *apiError {
	if sub == nil {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if user := s.store.subnetUser(sub.id); user != "" {
		return subnetInUse(sub, user)
	}
	s.announce(w, r, s.begin(&operation{pace: longPace(), apply: func() { s.store.drop(sub) }}), c.subscription, true)
	w.WriteHeader(http.StatusAccepted)
	return nil
}
