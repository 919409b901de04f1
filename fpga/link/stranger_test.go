package link

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What other programs send is told apart, and text from bytes.
func TestRecognise(t *testing.T) {
	for text, want := range map[string]Program{
		"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n": PositionInput,
		"\r\nOK\r\n\r\nERROR\r\n":                      Modem,
		"Debian GNU/Linux 13 box ttyS0\n\nbox login: ": LoginPrompt,
		"\r\nPassword: ":                               LoginPrompt,
		"\x1b[0mroot@box:~# ":                          ShellPrompt,
		"=> => => ":                                    ShellPrompt,
		"U-Boot 2024.01 (Jan 01 2024)\r\n":             SomeProgram,
	} {
		program, ok := recognise([]byte(text))
		assert.True(t, ok, text)
		assert.Equal(t, want, program, text)
	}
	for _, bytes := range []string{"", "login", "\x7e\x20\x01\xc8\x0b\x7e\x7e\x20", strings.Repeat("a\x80", 20)} {
		_, ok := recognise([]byte(bytes))
		assert.False(t, ok, "%q", bytes)
	}
}

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                        "plain",
		"\x1b]0;title\a\x1b[2J":        `\x1b]0;title\a\x1b[2J`,
		"\xff\u202e\"":                 `\xff\u202e\"`,
		strings.Repeat("x", 21):        strings.Repeat("x", 20) + "...",
		strings.Repeat("\u00e9", 30):   strings.Repeat(`\u00e9`, 20) + "...",
		strings.Repeat("\x80", 20):     strings.Repeat(`\x80`, 20),
		strings.Repeat("\x80", 1<<20):  strings.Repeat(`\x80`, 20) + "...",
		"one\ntwo\r\n\u009b31m\u2028.": `one\ntwo\r\n\u009b31m\u2028.`,
	} {
		assert.Equal(t, want, Printable([]byte(text), 20))
	}
}

// A terminal with echo on is recognised, whether it shows control characters or not.
func TestSentBack(t *testing.T) {
	body := Frame{Version: Version, Command: CmdIdentify, Sequence: 1}.body()
	assert.Equal(t, []byte{0x20, 0x01, 0xc8, 0x0b}, body)
	assert.True(t, sentBack(body, []byte("xx \x01\xc8\x0byy")))
	assert.True(t, sentBack(body, []byte("\xf0 ^A\xc8^K ^B")))
	assert.False(t, sentBack(body, []byte(" ^A\xc9^K")))
	assert.True(t, sentBack([]byte("a\rb"), []byte("a\r\nb")))
}
