import Foundation
import Testing

@testable import Toolgate

/// Loading policies, deciding, recording.
struct GateTests {
    @Test func aPolicyComesFromTextOrFromAFile() throws {
        let directory = try TemporaryDirectory()
        try directory.write(policy, to: "toolgate.yaml")
        let gate = try Gate(file: "\(directory.path)/toolgate.yaml")
        #expect(gate.guard(tool: "note").allowed)
        #expect(try plainGate().policyHash == gate.policyHash)
        #expect(gate.auditDirectory == "\(directory.path)/.toolgate/audit")
        #expect(try plainGate().auditDirectory == nil)
    }

    @Test func allProblemsAreToldWithTheirPlaces() throws {
        let text = "version: 1\ntools:\n  note: { decision: alow }\n  plan: { decision: maybe }\n"
        do {
            _ = try Gate(yaml: text)
            Issue.record("it loads")
        } catch ToolgateError.policy(let problems, let code) {
            #expect(code == "policy.invalid")
            #expect(problems.map(\.line) == [3, 4])
            #expect(problems.allSatisfy { $0.column > 0 && !$0.message.isEmpty && $0.code.hasPrefix("policy.") })
            let told = "\(ToolgateError.policy(problems, code: code))"
            #expect(told.contains("policy:3:") && told.contains("help: "))
        }
    }

    @Test(arguments: [("none", false), ("static", false), ("system", true)])
    func onlyAGateThatAsksTheNetworkWaits(resolve: String, waits: Bool) throws {
        #expect(try Gate(yaml: "audit: off\nnetwork: { resolve: \(resolve) }").waits == waits)
    }

    @Test func aFileThatIsNotThereIsTold() {
        #expect { try Gate(file: "/nowhere/toolgate.yaml") } throws: { error in
            policyCode(error) == "policy.missing" && "\(error)".contains("/nowhere/toolgate.yaml")
        }
    }

    @Test func aPinnedPolicyIsTheOnlyOne() throws {
        let digest = try plainGate().policyHash
        _ = try Gate(yaml: policy, audit: .off, policyDigest: digest)
        #expect { try Gate(yaml: policy + "\nname: other", audit: .off, policyDigest: digest) } throws: {
            policyCode($0) == "policy.digest_mismatch"
        }
    }

    @Test func aReloadSwapsThePolicyAndABadOneChangesNothing() throws {
        let directory = try TemporaryDirectory()
        try directory.write("audit: off\ndefault: deny", to: "toolgate.yaml")
        let gate = try Gate(file: "\(directory.path)/toolgate.yaml")
        #expect(!gate.guard(tool: "note").allowed)
        try directory.write("audit: off\ntools: { note: { decision: allow } }", to: "toolgate.yaml")
        try gate.reload()
        #expect(gate.guard(tool: "note").allowed)
        try directory.write("tools: [", to: "toolgate.yaml")
        #expect(throws: ToolgateError.self) { try gate.reload() }
        #expect(gate.guard(tool: "note").allowed)
    }

    @Test func pathsStartWhereTheGateSays() throws {
        let gate = try Gate(yaml: policy, audit: .off, cwd: "/workspace/a", home: "/workspace/home")
        #expect(gate.guard(tool: "read_file", args: ["path": "b"]).action["target"] == "/workspace/a/b")
        #expect(gate.guard(tool: "read_file", args: ["path": "~/b"]).action["target"] == "/workspace/home/b")
    }

    @Test func principalsOfEveryFormAreOne() throws {
        let logged = try Logged()
        let principal = Principal("agent:a", role: "prod", onBehalfOf: ["user:ana"], attributes: ["team": "x"])
        for who in [principal, "agent:a"] { _ = logged.gate.guard(tool: "note", principal: who) }
        #expect(try logged.records("decision").map { $0["actor"] } == ["agent:a", "agent:a"])
        #expect(try logged.records("decision")[0]["role"] == "prod")
    }

    @Test func decisionsAndOutcomesAreRecordedAndVerified() async throws {
        let logged = try Logged()
        let decision = logged.gate.guard(
            tool: "note", args: ["password": "hunter2"], principal: "agent:a", session: "s")
        try logged.gate.record(
            decision, Outcome(.executed, durationMS: 12, costUSD: "0.01", resultDigest: "sha256:00"))
        let decided = try #require(try logged.records("decision").first)
        #expect(decided["decision_id"]?.stringValue == decision.id)
        #expect(decided["actor"] == "agent:a" && decided["session"] == "s")
        #expect(!"\(decided)".contains("hunter2"))
        #expect(try logged.records("execution")[0]["decision_id"]?.stringValue == decision.id)
        let verification = try await logged.gate.verifyAudit()
        #expect(verification.ok && verification.records == 3 && verification.files == 1)
    }

    @Test func refusalsAreRecordedToo() throws {
        let logged = try Logged()
        let decision = logged.gate.guard(tool: "note", args: ["a": .double(.nan)], principal: "agent:a")
        let record = try #require(try logged.records("decision").first)
        #expect(record["decision_id"]?.stringValue == decision.id)
        #expect(record["code"] == "call.number_out_of_range" && record["actor"] == "agent:a")
        #expect(record["tool"] == "note")
    }

    @Test func anEditOfTheLogIsFound() async throws {
        let logged = try Logged()
        for n: Int64 in 0..<3 { _ = logged.gate.guard(tool: "note", args: ["n": .int(n)]) }
        let audit = try #require(logged.gate.auditDirectory)
        let file = try #require(try FileManager.default.contentsOfDirectory(atPath: audit).first { $0.hasSuffix("l") })
        let text = try logged.directory.read("audit/\(file)")
        try Data(text.replacingOccurrences(of: "\"n\":1", with: "\"n\":7").utf8)
            .write(to: URL(fileURLWithPath: "\(audit)/\(file)"))
        let problem = try await logged.gate.verifyAudit().problem
        #expect(problem?.file == file && problem?.line == 3)
        #expect(problem.map { "\($0)".contains($0.why) } == true)
    }

    @Test func whatCannotBeRecordedIsDenied() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("a file where the directory belongs", to: "audit")
        let gate = try Gate(yaml: policy, audit: .directory("\(directory.path)/audit"))
        let decision = gate.guard(tool: "note")
        #expect(decision.verdict == .deny && decision.code == "audit.unwritable")
        #expect(throws: ToolgateError.self) { try gate.record(decision, Outcome(.skipped)) }
        await #expect(throws: ToolgateError.self) { try await gate.verifyAudit() }
    }

    @Test func theSameCallAskedAgainIsOneDecision() throws {
        let logged = try Logged()
        let first = logged.gate.guard(tool: "note", args: ["n": 1], callID: "call-1")
        let again = logged.gate.guard(tool: "note", args: ["n": 1], callID: "call-1")
        let other = logged.gate.guard(tool: "note", args: ["n": 2], callID: "call-1")
        #expect(first.id == again.id && again.id != other.id)
        #expect(try logged.records("decision").count == 2)
    }

    @Test func anExplanationShowsEveryClauseAndRecordsNothing() throws {
        let logged = try Logged()
        let explained = try logged.gate.explain(ToolCall(tool: "stripe.charges.create", args: ["amount": 2000]))
        #expect(explained["verdict"] == "deny" && explained["code"] == "policy.deny")
        let rules = explained["parts"]?[0]?["rules"]?.arrayValue?.compactMap { $0["rule"] } ?? []
        #expect(rules.contains("no-large-charge"))
        let unread = try logged.gate.explain(ToolCall(tool: "note", args: ["a": .double(.nan)]))
        #expect(unread["code"] == "call.number_out_of_range" && unread["parts"] == [])
        #expect(try logged.gate.explain(ToolCall(tool: "note", json: "{"))["code"] == "call.malformed_args")
        #expect(try logged.records("decision").isEmpty)
    }

    @Test func factsThatCannotBeReadAreADeny() throws {
        let gate = try plainGate()
        #expect(gate.guard(tool: "note", session: "a\u{0}b").code == "call.invalid_name")
        #expect(gate.guard(tool: "", session: "s").code == "call.invalid_name")
        let principal = Principal("a", attributes: ["x": .double(.infinity)])
        #expect(gate.guard(tool: "note", principal: principal).code == "call.number_out_of_range")
    }
}
