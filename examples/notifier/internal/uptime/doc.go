// Package uptime is the work of the notifier's leader: check every target, open an incident after two
// failed checks in a row, close it on the first good one, and tell a webhook of both, whoever leads in the
// meantime and whatever dies.
//
// # An incident's life
//
// A target has at most one incident. It lives in one node, <root>/incidents/<target>, and moves through
//
//	(no node) ──▶ opening ──▶ open ──▶ closing ──▶ (no node)
//	        record       │         record        │
//	                POST open, mark         POST close, mark
//
// Each arrow is one write through Leadership.Guard, so ZooKeeper refuses it once another instance leads,
// and it names the version that it replaces, so that a write whose answer was lost cannot be made twice.
// What is to be said is recorded before it is said, and marked as said only after the webhook has accepted
// it. A leader that starts reads the nodes and goes on at the arrow where the last one stopped:
//
//	the old leader died                      the next one
//	before the record                        sees two failures itself, records
//	after the record, before the POST        POSTs, marks
//	after the POST, before the mark          POSTs again, with the same idempotency key; marks
//	after the mark                           has nothing to repeat
//
// # What is promised
//
// Every recorded event reaches the webhook at least once, in order, under one incident id; the close always
// follows the open. The third line of the table is why it cannot be exactly once: nobody but the receiver
// can know that it had accepted the event before the sender died. So every delivery carries an
// Idempotency-Key, the incident's id and the event, and a body that is the same byte for byte whoever sends
// it. A receiver that remembers the keys it has seen gets every event exactly once; one that does not may,
// after a crash at that very moment, see one event twice.
//
// A delivery also carries the sender's term, in the Notifier-Term header. A receiver that remembers the
// highest term and refuses lower ones cannot be reached by an instance that was paused between asking
// whether it leads and sending.
package uptime
