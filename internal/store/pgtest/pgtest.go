// Package pgtest gives tests a PostgreSQL of their own: one server per test binary, started by the first test that asks, and a
// database per test. Nothing of it outlives the tests.
package pgtest

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/lib/pq" // the driver "postgres"
)

// binaries is where Debian keeps PostgreSQL's programs, one folder a version.
const binaries = "/usr/lib/postgresql/*/bin"

var (
	start  = sync.OnceValues(begin)
	number atomic.Int64
)

// Main runs the tests of a package and ends the server. It is what TestMain calls.
func Main(m *testing.M) int {
	code := m.Run()
	if s := running.Load(); s != nil {
		s.stop()
	}
	return code
}

// Database makes an empty database and gives its address; it goes when t ends. Where there is no PostgreSQL the test is skipped,
// and fails with CI=true.
func Database(t testing.TB) string {
	t.Helper()
	return started(t).database(t, "")
}

func started(t testing.TB) *server {
	t.Helper()
	s, err := start()
	if errors.Is(err, errAbsent) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *server) database(t testing.TB, of string) string {
	t.Helper()
	name := fmt.Sprintf("t%d", number.Add(1))
	if err := s.exec(t.Context(), "CREATE DATABASE "+name+of); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.exec(context.WithoutCancel(t.Context()), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return s.address(name)
}

// Copy makes a copy of a database that prepare made, once in each test binary, and gives its address; it goes when t ends. Like Database it needs
// a PostgreSQL.
func Copy(t testing.TB, prepare func(dsn string) error) string {
	t.Helper()
	s := started(t)
	s.once.Do(func() {
		if s.prepared = s.exec(context.Background(), "CREATE DATABASE "+template); s.prepared == nil {
			s.prepared = prepare(s.address(template))
		}
	})
	if s.prepared != nil {
		t.Fatal(s.prepared)
	}
	return s.database(t, " TEMPLATE "+template)
}

// template is the database that is copied.
const template = "template_of_tests"

var errAbsent = errors.New("PostgreSQL is not installed: nothing in " + binaries)

// running is the server, for Main.
var running atomic.Pointer[server]

type server struct {
	dir   string
	port  int
	cmd   *exec.Cmd
	admin *sql.DB

	once     sync.Once // of the template
	prepared error
}

func (s *server) address(database string) string {
	return fmt.Sprintf("postgres://wrapup:no-secret@127.0.0.1:%d/%s?sslmode=disable", s.port, database)
}

func (s *server) exec(ctx context.Context, q string) error {
	_, err := s.admin.ExecContext(ctx, q)
	return err
}

// begin makes a cluster and starts it.
func begin() (*server, error) {
	bin, err := newest()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "wrapup-postgres-")
	if err != nil {
		return nil, err
	}
	s := &server{dir: dir}
	if err := s.begin(bin); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	running.Store(s)
	return s, nil
}

// newest is the folder of the highest version.
func newest() (string, error) {
	all, err := filepath.Glob(binaries)
	if err != nil || len(all) == 0 {
		return "", errors.Join(errAbsent, err)
	}
	version := func(dir string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir))) // no number comes last
		return n
	}
	return slices.MaxFunc(all, func(a, b string) int { return version(a) - version(b) }), nil
}

func (s *server) begin(bin string) error {
	who, err := unprivileged(s.dir)
	if err != nil {
		return err
	}
	data := filepath.Join(s.dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-A", "trust", "-U", "wrapup", "-E", "UTF8", "--no-locale", "--no-sync", "-D", data)
	initdb.Dir, initdb.SysProcAttr = s.dir, as(who)
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if s.port, err = freePort(); err != nil {
		return err
	}
	s.cmd = exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(s.port))
	for _, setting := range []string{
		"listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "full_page_writes=off", "synchronous_commit=off",
		"max_connections=300", "logging_collector=off", "lc_messages=C",
	} {
		s.cmd.Args = append(s.cmd.Args, "-c", setting)
	}
	s.cmd.Dir, s.cmd.SysProcAttr = s.dir, as(who)
	if err := s.listen(); err != nil {
		return err
	}
	s.admin, err = sql.Open("postgres", s.address("postgres"))
	return err
}

// unprivileged is whom PostgreSQL runs as: it refuses root. Nil is whoever runs the tests.
func unprivileged(dir string) (*user.User, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err1 := strconv.Atoi(who.Uid)
	gid, err2 := strconv.Atoi(who.Gid)
	return who, errors.Join(err1, err2, os.Chown(dir, uid, gid))
}

func freePort() (int, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port, nil
}

// listen starts the server and returns when it says that it is ready.
func (s *server) listen() error {
	log, err := s.cmd.StderrPipe()
	if err != nil {
		return err
	}
	started, ready := make(chan error), make(chan error, 1)
	go func() {
		runtime.LockOSThread() // for ever: the server dies with the thread that started it, should the tests not come to their end
		started <- s.cmd.Start()
		select {}
	}()
	if err := <-started; err != nil {
		return err
	}
	go func() {
		var said []string
		for lines := bufio.NewScanner(log); lines.Scan(); {
			if said = append(said, lines.Text()); strings.Contains(lines.Text(), "ready to accept connections") {
				ready <- nil
				said = nil
			}
		}
		ready <- fmt.Errorf("postgres ended:\n%s", strings.Join(said, "\n"))
	}()
	return <-ready
}

// stop ends the server without ceremony: what it holds is thrown away.
func (s *server) stop() {
	_ = s.admin.Close()
	_ = s.cmd.Process.Signal(immediate)
	_ = s.cmd.Wait()
	_ = os.RemoveAll(s.dir)
}
