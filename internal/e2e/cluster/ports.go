package cluster

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// firstPort and lastPort are below the ephemeral port range, so that a port stays free while its
// server is stopped (ip_local_port_range starts at 32768).
const firstPort, lastPort = 12000, 32000

// freePorts returns n ports of loopback on which nothing listens.
func freePorts(n int) ([]int, error) {
	seen := map[int]bool{}
	var ports []int
	for range 1000 {
		if len(ports) == n {
			return ports, nil
		}
		port := firstPort + rand.IntN(lastPort-firstPort)
		if seen[port] || !free(port) {
			continue
		}
		seen[port] = true
		ports = append(ports, port)
	}
	return nil, errors.New("find free ports: none after 1000 tries")
}

func free(port int) bool {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	l, err := net.Listen("tcp", address) //nolint:noctx // Listening does not block.
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func local(scheme string, port int) string { return fmt.Sprintf("%s://127.0.0.1:%d", scheme, port) }
