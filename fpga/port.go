package fpga

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"time"

	"go.bug.st/serial"
	"go.bug.st/serial/enumerator"

	"approxtrain/internal/fault"
)

// Port is a serial port. Read returns no bytes and no error when none have come
// for a while; it ends when the port is closed.
type Port interface {
	io.ReadWriteCloser
	SetBaud(rate int) error
}

// readTimeout of a port: how soon a closed connection is noticed.
const readTimeout = 50 * time.Millisecond

type serialPort struct{ serial.Port }

func mode(rate int) *serial.Mode { return &serial.Mode{BaudRate: rate, DataBits: 8} }

// SetBaud implements Port.
func (p serialPort) SetBaud(rate int) error { return p.SetMode(mode(rate)) }

// OpenPort opens a serial port, or a pseudo-terminal, at a rate.
func OpenPort(name string, rate int) (Port, error) {
	p, err := serial.Open(name, mode(rate))
	if err != nil {
		return nil, portError(name, err)
	}
	if err := p.SetReadTimeout(readTimeout); err != nil {
		p.Close()
		return nil, portError(name, err)
	}
	return serialPort{p}, nil
}

// portError says what to do about a port that cannot be opened. All of these have
// the status of something missing: nothing was compared.
func portError(name string, err error) error {
	code := serial.PortErrorCode(-1)
	var pe *serial.PortError
	if errors.As(err, &pe) {
		code = pe.Code()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) || code == serial.PortNotFound:
		return fault.Missingf("there is no port %s: is the board plugged in? (approxtrain fpga ports lists what there is)", name)
	case errors.Is(err, fs.ErrPermission) || code == serial.PermissionDenied:
		return fault.Missingf("port %s: permission denied: add yourself to the group that owns it (on Debian: sudo adduser $USER dialout), then log in anew", name)
	case errors.Is(err, syscall.EBUSY) || code == serial.PortBusy:
		return fault.Missingf("port %s is in use: close the other program that has it open (fuser %s names it)", name, name)
	case errors.Is(err, syscall.ENOTTY) || errors.Is(err, syscall.EISDIR) || code == serial.InvalidSerialPort:
		return fault.Missingf("%s is no serial port: %w", name, err)
	}
	return fault.Missingf("opening port %s: %w", name, err)
}

// PortInfo is a serial port of this machine.
type PortInfo struct {
	Name    string `json:"name"`
	USB     bool   `json:"usb"`
	VID     string `json:"vid,omitempty"`
	PID     string `json:"pid,omitempty"`
	Product string `json:"product,omitempty"`
	Serial  string `json:"serial,omitempty"`
}

// String names the port and what is plugged in there.
func (p PortInfo) String() string {
	if !p.USB {
		return p.Name
	}
	return strings.TrimSpace(fmt.Sprintf("%s  USB %s:%s %s %s", p.Name, p.VID, p.PID, p.Product, p.Serial))
}

// Ports lists the serial ports.
func Ports() ([]PortInfo, error) {
	list, err := enumerator.GetDetailedPortsList()
	if err != nil {
		return nil, fault.Missingf("listing the serial ports: %w", err)
	}
	var out []PortInfo
	for _, p := range list {
		if p.Name != "" { // a name without a device is none
			out = append(out, PortInfo{p.Name, p.IsUSB, p.VID, p.PID, p.Product, p.SerialNumber})
		}
	}
	return out, nil
}

// FindPort returns the only port that a board can be at: a USB one.
func FindPort(all []PortInfo) (PortInfo, error) {
	var usb []PortInfo
	for _, p := range all {
		if p.USB {
			usb = append(usb, p)
		}
	}
	switch len(usb) {
	case 1:
		return usb[0], nil
	case 0:
		text := "no USB serial port found: plug in the board, or name its port with --port"
		for _, p := range all {
			text += "\n  " + p.String()
		}
		return PortInfo{}, fault.Missingf("%s", text)
	}
	text := fmt.Sprintf("there are %d USB serial ports: say which is the board's with --port", len(usb))
	for _, p := range usb {
		text += "\n  " + p.String()
	}
	return PortInfo{}, fault.Usagef("%s", text)
}
