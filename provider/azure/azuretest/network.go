package azuretest

import (
	"net/http"
	"strings"
)

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
	s.changed.Fire()
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
