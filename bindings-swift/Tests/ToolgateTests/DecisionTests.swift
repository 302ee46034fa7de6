import Foundation
import Testing

@testable import Toolgate

/// What an answer says.
struct DecisionTests {
    @Test func itSaysEverything() throws {
        let decision = try plainGate().guard(tool: "stripe.charges.create", args: ["amount": 2000, "currency": "eur"])
        #expect(decision.id.hasPrefix("dec_") && decision.id.utf8.count == 36)
        #expect(decision.at.hasSuffix("Z"))
        #expect(decision.verdict == .deny && !decision.allowed && decision.observed == nil)
        #expect(decision.code == "policy.deny")
        #expect(decision.reason == "charges above 1000 are not for agents")
        #expect(decision.rules == ["no-large-charge", "tools.create_charge"])
        #expect(decision.action["type"] == "create_charge")
        #expect(decision.risk["score"]?.intValue == Int64(decision.riskScore) && decision.riskScore > 0)
        #expect(decision.policyHash.hasPrefix("sha256:"))
        #expect(decision.obligations.isEmpty && decision.approval == nil && decision.realPath == nil)
        #expect("\(decision)" == "deny (policy.deny): charges above 1000 are not for agents")
    }

    @Test(arguments: [("note", Verdict.allow), ("plan", .dryRun), ("unheard", .requireApproval)])
    func eachVerdictIsSaid(tool: String, verdict: Verdict) throws {
        let decision = try plainGate().guard(tool: tool)
        #expect(decision.verdict == verdict)
        #expect(decision.allowed == (verdict == .allow))
    }

    @Test func whatIsAskedOfAPersonIsSaid() throws {
        let gate = try Gate(
            yaml: """
                audit: off
                rules:
                  - id: two
                    match: { action: note }
                    decision: require_approval
                    approval: { count: 2, distinct: true, from: ["role:lead"], expires: 1h }
                """)
        let approval = gate.guard(tool: "note").approval
        #expect(
            approval == [
                "count": 2, "distinct": true, "from": [["role:lead"]], "expires_s": 3600, "id": nil, "url": nil,
                "expires": nil,
            ])
    }

    @Test func aPolicyThatObservesBlocksNothingAndSaysSo() throws {
        let decision = try Gate(yaml: "audit: off\nmode: observe\ndefault: deny").guard(tool: "note")
        #expect(decision.allowed && decision.verdict == .allow && decision.observed == .deny)
    }

    @Test func itsValueAndItsTextAgree() throws {
        let decision = try plainGate().guard(tool: "note", args: ["a": 1])
        #expect(try Value(json: decision.json) == decision.value)
        let encoded = try JSONEncoder().encode(["decision": decision])
        #expect(try JSONDecoder().decode([String: Value].self, from: encoded)["decision"] == decision.value)
    }

    @Test func anErrorTellsTheReason() throws {
        let gate = try plainGate()
        let told = ["read_file", "unheard", "plan"].map {
            "\(ToolgateError(gate.guard(tool: $0, args: ["path": "/x"])))"
        }
        #expect(told[0].hasPrefix("denied: ") && told[0].hasSuffix(" (path.outside_allowed)"))
        #expect(told[1].hasPrefix("approval required: ") && told[1].hasSuffix(" (policy.default)"))
        #expect(told[2].hasPrefix("dry run: "))
        #expect(ToolgateError(gate.guard(tool: "plan")).localizedDescription.hasPrefix("dry run: "))
    }

    @Test func theAnswerOfAFailureDenies() {
        let decision = Decision(failure: "the guard failed inside")
        #expect(decision.verdict == .deny && !decision.allowed && decision.code == "internal.error")
        #expect(decision.reason == "the guard failed inside")
        #expect(throws: (any Error).self) { try decision.open() }
    }
}
