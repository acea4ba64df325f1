// Command reference answers what the bench asks for as hand-written code does: net/http, prepared statements of
// database/sql over lib/pq, one for each level of the response, and JSON that is put together by hand. It asks for no
// permission. Nobody writes a server so; it is what Deputy is measured by.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	_ "github.com/lib/pq" // the driver
)

func main() {
	addr := flag.String("addr", "127.0.0.1:8081", "address to listen on")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *addr, os.Getenv("DATABASE_URL")); err != nil {
		log.Fatal("reference: ", err) //nolint:gocritic // nothing is left to be released
	}
}

// conns is how many connections are open at most, as at Deputy.
const conns = 20

func serve(ctx context.Context, addr, url string) (err error) {
	db, err := sql.Open("postgres", url)
	if err != nil {
		return fmt.Errorf("open db: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	s := &server{db: db}
	mux := http.NewServeMux()
	for name, answer := range map[string]answer{
		"nested20x10": s.nested(20, 10), "nested5x5": s.nested(5, 5),
		"flat100": s.flat(false), "flat100count": s.flat(true),
		"audit100": s.audit, "orders100": s.orders, "creators50": s.creators, "data90": s.data, "point": s.point,
		"viewer":     s.viewer,
		"import1000": s.importOrders, "batch100": s.batch,
	} {
		mux.HandleFunc("POST /"+name, s.handler(answer))
	}
	listening := &http.Server{Addr: addr, Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		_ = listening.Close()
	}()
	if err := listening.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// server has the statements that were prepared once.
type server struct {
	db         *sql.DB
	statements sync.Map // *sql.Stmt by its text
}

// answer writes the data of a response, for the account that asks.
type answer func(ctx context.Context, w *writer, account string, variables []byte) error

func (s *server) handler(do answer) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		w, _ := writers.Get().(*writer)
		defer writers.Put(w)
		variables, err := w.read(r.Body)
		if err == nil {
			w.raw(`{"data":`)
			err = do(r.Context(), w, r.Header.Get("X-Account"), variables)
		}
		if err != nil {
			log.Print(err)
			http.Error(rw, "internal error", http.StatusInternalServerError)
			return
		}
		w.raw("}")
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write(w.out) // who left reads nothing
	}
}

// statement returns the prepared statement of the text.
func (s *server) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if made, ok := s.statements.Load(text); ok {
		return made.(*sql.Stmt), nil
	}
	made, err := s.db.PrepareContext(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	if kept, others := s.statements.LoadOrStore(text, made); others {
		_ = made.Close() // another one made it meanwhile
		return kept.(*sql.Stmt), nil
	}
	return made, nil
}

// query runs a prepared statement, in the transaction if there is one, and hands over its rows.
func (s *server) query(ctx context.Context, tx *sql.Tx, text string, row func(*sql.Rows) error, args ...any) error {
	statement, err := s.statement(ctx, text)
	if err != nil {
		return err
	}
	if tx != nil {
		statement = tx.StmtContext(ctx, statement)
	}
	rows, err := statement.QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

var errUnknown = errors.New("there is no such org")

// org reads the id of an org out of the variables, and the org.
func (s *server) org(ctx context.Context, variables []byte) (id, name string, err error) {
	var asked struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(variables, &asked); err != nil {
		return "", "", err
	}
	err = s.query(ctx, nil, "SELECT id, name FROM orgs WHERE id = $1",
		func(r *sql.Rows) error { return r.Scan(&id, &name) }, asked.ID)
	if err == nil && id == "" {
		err = errUnknown
	}
	return id, name, err
}
