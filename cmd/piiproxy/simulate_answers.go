package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// simulatorAnswers is what each kind of simulator answers with, in the shapes that the real ones use.
var simulatorAnswers = map[string]func(http.ResponseWriter, *http.Request, []byte){
	"api":      answerAsAPI,
	"operator": answerAsOperator,
	"kannel":   answerAsKannel,
	"customer": answerAsCustomer,
}

// answerAsAPI accepts everything. Like the real one it repeats numbers: an analysis has them as keys.
func answerAsAPI(w http.ResponseWriter, r *http.Request, body []byte) {
	var request struct {
		To   any
		From any
	}
	_ = json.Unmarshal(body, &request) // other bodies have no members to repeat
	switch {
	case r.URL.Path == "/oauth/token":
		writeJSON(w, http.StatusOK, map[string]any{"access_token": "simulated-token", "token_type": "bearer", "expires_in": 3600})
	case r.URL.Path == "/sms/analyze":
		writeJSON(w, http.StatusOK, map[string]any{
			"numberOfRecipients": 1, "recipientCountries": map[string]string{fmt.Sprint(request.To): "GR"}, "bodyAnalysis": map[string]any{"parts": 1},
		})
	case strings.HasPrefix(r.URL.Path, "/2step/"):
		writeJSON(w, http.StatusOK, map[string]any{"status": "Verified"})
	case r.Method == http.MethodHead, r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	default:
		writeJSON(w, http.StatusOK, map[string]any{
			"trackingId": "00000000-0000-4000-8000-000000000001", "status": "Queued", "to": request.To, "from": request.From,
		})
	}
}

// answerAsOperator accepts a message that has a destination.
func answerAsOperator(w http.ResponseWriter, _ *http.Request, body []byte) {
	var message struct{ To string }
	if json.Unmarshal(body, &message) != nil || message.To == "" {
		writeJSON(w, http.StatusBadRequest, map[string]any{"status": "rejected"})
		return
	}
	writeJSON(w, http.StatusAccepted, map[string]any{"status": "accepted", "messageId": "simulated-1"})
}

// answerAsKannel answers as Kannel's smsbox does.
func answerAsKannel(w http.ResponseWriter, r *http.Request, _ []byte) {
	say := func(status int, text string) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text)) // the client is gone
	}
	q := r.URL.Query()
	switch {
	case r.URL.Path != "/cgi-bin/sendsms":
		say(http.StatusNotFound, "Unknown request.")
	case r.Method != http.MethodGet:
		say(http.StatusBadRequest, "Request not allowed.")
	case q.Get("username") == "" || q.Get("password") == "":
		say(http.StatusForbidden, "Authorization failed for sendsms")
	case q.Get("to") == "":
		say(http.StatusBadRequest, "Missing receiver number, rejected")
	default:
		say(http.StatusAccepted, "0: Accepted for delivery")
	}
}

// answerAsCustomer takes a webhook.
func answerAsCustomer(w http.ResponseWriter, _ *http.Request, _ []byte) {
	writeJSON(w, http.StatusOK, map[string]any{"received": true})
}
