import Foundation
import Testing

@testable import Toolgate

/// `gate.run`: decide and run in one step.
struct RunTests {
    @Test func itRunsWhatIsAllowedWithWhatWasDecidedAbout() async throws {
        var args: Value = ["items": [1]]
        let result = try await plainGate().run(tool: "note", args: args) { given in
            args = [:]
            await Task.yield()
            return given
        }
        #expect(result == ["items": [1]])
    }

    @Test func itDoesNotRunAnythingElse() async throws {
        let gate = try plainGate()
        func thrown(_ call: ToolCall) async -> ToolgateError? {
            do { try await gate.run(call) { _ in itRan() } } catch { return error as? ToolgateError }
            return nil
        }
        let denied = await thrown(ToolCall(tool: "read_file", args: ["path": "/etc/passwd"]))
        let held = await thrown(ToolCall(tool: "unheard")), tried = await thrown(ToolCall(tool: "plan"))
        let right = if case (.toolDenied, .approvalRequired, .dryRun) = (denied, held, tried) { true } else { false }
        #expect(right)
        #expect(denied?.code == "path.outside_allowed" && denied?.code == denied?.decision?.code)
        let odd = await thrown(ToolCall(tool: "note", args: ["a": .double(.nan)]))
        #expect(odd?.decision?.code == "call.number_out_of_range")
    }

    @Test func argumentsMayComeAsJSON() async throws {
        let gate = try plainGate()
        let args = try await gate.run(ToolCall(tool: "note", json: "{\"text\": \"x\", \"n\": [1, 2.0, null]}")) { $0 }
        #expect(args == ["text": "x", "n": [1, 2.0, nil]])
        #expect(try await gate.run(ToolCall(tool: "note", json: "")) { $0 } == [:])
        await #expect(throws: ToolgateError.self) {
            try await gate.run(ToolCall(tool: "note", json: "{\"a\": 1, \"a\": 2}")) { _ in itRan() }
        }
    }

    struct Secret: Error, CustomStringConvertible { var description: String { "hunter2" } }

    @Test func theOutcomeIsRecorded() async throws {
        let logged = try Logged()
        try await logged.gate.run(tool: "note", principal: "agent:a", session: "s") { _ in }
        await #expect(throws: Secret.self) { try await logged.gate.run(tool: "note") { _ in throw Secret() } }
        let outcomes = try logged.records("execution").compactMap { $0["outcome"] }
        #expect(outcomes.map { $0["status"] } == ["executed", "failed"])
        #expect(outcomes.map { $0["error"] ?? nil } == [nil, "Secret"])
        #expect(outcomes.allSatisfy { $0["duration_ms"]?.intValue != nil })
        #expect(try logged.records("decision")[0]["actor"] == "agent:a")
    }

    @Test func aTaskThatWasCancelledBeforeDoesNotRunTheTool() async throws {
        let logged = try Logged()
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await logged.gate.run(tool: "note") { _ in itRan() }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try logged.records("execution").map { $0["outcome"]?["status"] } == ["skipped"])
    }

    @Test func aToolThatIsCancelledHasFailed() async throws {
        let logged = try Logged()
        let task = Task {
            try await logged.gate.run(tool: "note") { _ in
                withUnsafeCurrentTask { $0?.cancel() }
                try await Task.sleep(for: .seconds(60))
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        let outcome = try logged.records("execution")[0]["outcome"]
        #expect(outcome?["status"] == "failed" && outcome?["error"] == "CancellationError")
    }

    @Test func aResultCountsAlsoIfItCannotBeRecorded() async throws {
        let logged = try Logged()
        let result = try await logged.gate.run(tool: "note") { _ in
            try FileManager.default.removeItem(atPath: "\(logged.directory.path)/audit")
            try logged.directory.write("", to: "audit")
            return 7
        }
        #expect(result == 7)
    }

    @Test @MainActor func theToolRunsWhereTheCallerDoes() async throws {
        var count = 0
        try await plainGate().run(tool: "note") { _ in
            MainActor.assertIsolated()
            count += 1
        }
        #expect(count == 1)
    }

    struct Charge: Codable, Sendable { var amount: Int }

    @Test func aGuardedToolIsCalledLikeItsBody() async throws {
        let logged = try Logged()
        let charge = guarded("stripe.charges.create", gate: logged.gate) { (charge: Charge) in
            "charged \(charge.amount)"
        }
        #expect(try await charge(Charge(amount: 500)) == "charged 500")
        await #expect(throws: ToolgateError.self) { try await charge(Charge(amount: 5000)) }
        #expect(try logged.records("decision").map { $0["decision"] } == ["allow", "deny"])
    }

    struct Fickle: Codable, Sendable {
        init() {}
        init(from decoder: any Decoder) throws { throw Secret() }
        func encode(to encoder: any Encoder) throws { try ["a": 1].encode(to: encoder) }
    }

    @Test func whatCannotBeDecodedAgainDoesNotRun() async throws {
        let logged = try Logged()
        await #expect(throws: ToolgateError.self) {
            try await logged.gate.run(tool: "note", encoding: Fickle()) { _ in itRan() }
        }
        #expect(try logged.records("execution").map { $0["outcome"]?["status"] } == ["skipped"])
        #expect(try logged.records("decision").map { $0["decision"] } == ["allow", "deny"])
    }
}
