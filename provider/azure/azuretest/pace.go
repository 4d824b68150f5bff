package azuretest

import "time"

// pace is how long a client is asked to wait: after the request that started an operation, and
// after each poll that finds it in progress. The last value is repeated. A poll that finds the
// operation ended asks for no wait.
type pace struct {
	first time.Duration
	polls []time.Duration
}

func seconds(first int, polls ...int) pace {
	p := pace{first: time.Duration(first) * time.Second}
	for _, n := range polls {
		p.polls = append(p.polls, time.Duration(n)*time.Second)
	}
	return p
}

// gatewayPace is the pace of a write of a gateway of the second generation. Recorded traffic has 5,
// 1 and 2. Unverified: the rest.
func gatewayPace() pace { return seconds(5, 1, 2, 4, 8, 10) }

// publicIPPace is the pace of a write of a public IP address. Recorded traffic has the first.
// Unverified: the polls.
func publicIPPace() pace { return seconds(1, 1, 2, 4, 8, 10) }

// networkPace is the pace of a write of a virtual network, as recorded in 2021. Unverified: subnets
// and security groups.
func networkPace() pace { return seconds(3, 10, 20, 20, 40) }

// longPace is the pace of a deletion or an action, as recorded from a gateway of the first
// generation in 2021. Unverified: the second generation.
func longPace() pace { return seconds(10, 10, 20, 20, 100) }

// nextPause returns the wait after the current poll, and counts the poll.
func (op *operation) nextPause() time.Duration {
	if len(op.pace.polls) == 0 {
		return op.pace.first
	}
	pause := op.pace.polls[min(op.polls, len(op.pace.polls)-1)]
	op.polls++
	return pause
}
