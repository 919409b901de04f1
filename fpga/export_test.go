package fpga

// BlockOpens lets opens of ports not return until release is called.
func BlockOpens() (release func()) {
	before, blocked := openNode, make(chan struct{})
	openNode = func(name string) (int, error) {
		<-blocked
		return before(name)
	}
	return func() { close(blocked) }
}

// PortsIn is Ports in another folder than the kernel's.
var PortsIn = portsIn
