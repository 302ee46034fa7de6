import Testing

@testable import Toolgate

/// What holds for all calls within a block.
struct ContextTests {
    let gate = try! Gate(
        yaml: """
            audit: off
            default: deny
            rules:
              - { id: leads, match: { principal: { role: lead } }, decision: allow }
              - { id: ana, match: { principal: { id: "user:ana" } }, decision: allow }
              - { id: injected, match: { signals: injection }, decision: deny }
              - { id: seen, when: '"untrusted" in session.labels', decision: deny }
            """)

    private var rules: [String] { gate.guard(tool: "note").rules }

    @Test func whatIsSaidAroundACallHoldsForIt() async {
        #expect(rules == [])
        await Context.with(principal: "user:ana") {
            await Task.yield()
            #expect(rules == ["ana"])
        }
        Context.with(principal: Principal("x", role: "lead")) { #expect(rules == ["leads"]) }
        #expect(rules == [])
    }

    @Test func theInnerWinsAndTheCallItselfWinsOverAll() {
        Context.with(principal: "user:ana") {
            Context.with(principal: "user:bob") {
                #expect(rules == [])
                #expect(gate.guard(tool: "note", principal: "user:ana").allowed)
            }
            #expect(rules == ["ana"])
        }
    }

    @Test func labelsAndSignalsAddUp() {
        Context.with(principal: "user:ana", labels: ["untrusted"]) {
            #expect(rules == ["seen", "ana"])
            Context.with(labels: ["x"], signals: ["injection"]) {
                #expect(rules == ["injected", "seen", "ana"])
                #expect(Context.facts?.labels == ["untrusted", "x"])
            }
            #expect(gate.guard(tool: "note", signals: ["injection"]).rules == ["injected", "seen", "ana"])
        }
    }

    @Test func pathsStartWhereTheContextSays() throws {
        let gate = try plainGate()
        let call = ToolCall(tool: "read_file", args: ["path": "notes.md"])
        Context.with(cwd: "/workspace") { #expect(gate.guard(call).allowed) }
        Context.with(cwd: "/etc") { #expect(gate.guard(call).code == "path.outside_allowed") }
    }

    @Test func itEndsWithTheBlockAlsoByAnError() async {
        struct Failure: Error {}
        await #expect(throws: Failure.self) {
            try await Context.with(principal: "user:ana") {
                await Task.yield()
                #expect(rules == ["ana"])
                throw Failure()
            }
        }
        #expect(rules == [])
    }

    @Test func tasksHaveTheirOwn() async {
        await withTaskGroup(of: (Int, [String]).self) { group in
            for n in 0..<64 {
                group.addTask {
                    await Context.with(principal: n.isMultiple(of: 2) ? "user:ana" : "user:bob") {
                        await Task.yield()
                        return (n, gate.guard(tool: "note").rules)
                    }
                }
            }
            for await (n, rules) in group { #expect(rules == (n.isMultiple(of: 2) ? ["ana"] : [])) }
        }
    }

    @Test func aTaskStartedInItHasItAndADetachedOneHasNot() async {
        await Context.with(principal: "user:ana") {
            #expect(await Task { gate.guard(tool: "note").allowed }.value)
            #expect(await !Task.detached { gate.guard(tool: "note").allowed }.value)
        }
    }

    @Test func itHoldsForGuardedFunctions() async throws {
        let note = guarded("note", gate: gate) { (text: [String: String]) in text["text"] ?? "" }
        await #expect(throws: ToolgateError.self) { try await note(["text": "x"]) }
        let answer = try await Context.with(principal: "user:ana") { try await note(["text": "x"]) }
        #expect(answer == "x")
    }
}
