// An agent wants to send an email. It waits until a person agrees, here in a prompt of the same app.

import Toolgate

struct Email: Codable {
  var to: String
  var subject: String
  var body: String
}

let gate = try Gate(
  yaml: """
    version: 1
    audit: off
    default: deny
    approvals: { expires: 30m }
    rules:
      - id: emails-are-read-first
        match: { action: send_email }
        decision: require_approval
        approval: { from: ["role:support-lead"] }
        reason: a person reads an email before a customer does
    """)

let sendEmail = guarded("send_email", gate: gate) { (email: Email) in
  "sent \"\(email.subject)\" to \(email.to)"
}

/// Sends it once somebody agreed.
func sendOnceApproved(_ email: Email) async throws -> String {
  do {
    return try await sendEmail(email)
  } catch ToolgateError.approvalRequired(let decision) {
    print("waits:", decision.reason)
    let id = decision.approval?["id"]?.stringValue ?? ""
    let status = try await gate.wait(for: id, timeout: .seconds(60))["status"]
    return status == "approved" ? try await sendEmail(email) : "not sent"
  }
}

/// What an app's prompt would do: show each request, and hand over the answer of whoever is signed in.
let prompt = Task { [gate] in
  for try await request in gate.approvalRequests(every: .milliseconds(50)) {
    print("asked: may it run with", request["shown"]?["args"] ?? [:])
    let bea = Approver("bea", role: "support-lead", isVerified: true)
    try await gate.approve(request["id"]?.stringValue ?? "", by: bea, reason: "reads well")
  }
}

try await Context.with(principal: "agent:support", session: "run-7") {
  let email = Email(to: "ana@example.org", subject: "Your refund", body: "It is on its way.")
  print(try await sendOnceApproved(email))
}
prompt.cancel()
