// An agent wants to send an email, which a person has to agree to.

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
    default: require_approval
    rules:
      - id: emails-are-read-first
        match: { action: send_email }
        decision: require_approval
        approval: { from: ["role:support-lead"], expires: 30m }
        reason: a person reads an email before a customer does
    """)

let sendEmail = guarded("send_email", gate: gate) { (email: Email) in
  preconditionFailure("not before somebody agreed")
}

try await Context.with(principal: "agent:support", session: "run-7") {
  do {
    try await sendEmail(
      Email(to: "ana@example.org", subject: "Your refund", body: "It is on its way."))
  } catch let waiting as ToolgateError {
    guard case .approvalRequired(let decision) = waiting, let terms = decision.approval else {
      throw waiting
    }
    print("waits:", waiting)
    print("who may agree:", terms["from"] ?? [], "within", terms["expires_s"] ?? 0, "seconds")
  }
}
