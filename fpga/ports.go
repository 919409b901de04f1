package fpga

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/approxtrain/approxtrain/fpga/link"
	"github.com/approxtrain/approxtrain/internal/fault"
	"github.com/approxtrain/approxtrain/internal/option"
)

// PortInfo is a serial port of this machine.
type PortInfo struct {
	Name    string `json:"name"`
	USB     bool   `json:"usb"`
	VID     string `json:"vid,omitempty"`
	PID     string `json:"pid,omitempty"`
	Product string `json:"product,omitempty"`
	Serial  string `json:"serial,omitempty"`
}

// String names the port and the device that is plugged in. The device chose its product name and
// serial number, so they are escaped.
func (p PortInfo) String() string {
	if !p.USB {
		return p.Name
	}
	text := func(s string) string { return link.Printable([]byte(s), mostShown) }
	return strings.TrimSpace(fmt.Sprintf("%s  USB %s:%s %s %s", p.Name, text(p.VID), text(p.PID), text(p.Product), text(p.Serial)))
}

// Ports lists the serial ports that the kernel knows. It opens none: opening changes a port's
// settings, also those of a port in use.
func Ports() ([]PortInfo, error) { return portsIn("/sys/class/tty") }

func portsIn(folder string) ([]PortInfo, error) {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Failedf("listing the serial ports: %w", err)
	}
	var out []PortInfo
	for _, e := range entries {
		at := filepath.Join(folder, e.Name())
		device, err := filepath.EvalSymlinks(filepath.Join(at, "device"))
		if err != nil || attribute(at, "type") == "0" { // a terminal without hardware; a UART that is not there
			continue
		}
		p := PortInfo{Name: "/dev/" + e.Name()}
		for up := device; up != filepath.Dir(up); up = filepath.Dir(up) {
			if p.VID = attribute(up, "idVendor"); p.VID != "" {
				p.USB, p.VID, p.PID = true, strings.ToUpper(p.VID), strings.ToUpper(attribute(up, "idProduct"))
				p.Product, p.Serial = attribute(up, "product"), attribute(up, "serial")
				break
			}
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(p, q PortInfo) int { return strings.Compare(p.Name, q.Name) })
	return out, nil
}

// attribute reads one of the kernel's attributes of a device, empty if it is missing.
func attribute(folder, name string) string {
	b, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
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
		text := fmt.Sprintf("no USB serial port found: plug in the board, or name its port with %v", option.Port)
		for _, p := range all {
			text += "\n  " + p.String()
		}
		return PortInfo{}, fault.Missingf("%s", text)
	}
	text := fmt.Sprintf("there are %d USB serial ports: say which is the board's with %v", len(usb), option.Port)
	for _, p := range usb {
		text += "\n  " + p.String()
	}
	return PortInfo{}, fault.Usagef("%s", text)
}
