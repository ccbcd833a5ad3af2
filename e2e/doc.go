// Package e2e holds the tests of the whole program: the built binary, a simulator, a database file and a real browser.
// They need Node, Debian's Chromium and `npm ci --ignore-scripts` in this folder; without them the browser tests are
// skipped with the reason, and fail where CI=true.
package e2e
