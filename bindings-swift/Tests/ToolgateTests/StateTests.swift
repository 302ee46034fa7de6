import Foundation
import Testing

@testable import Toolgate

/// What a gate remembers: consent, budgets, kill switches, agents.
struct StateTests {
    private let alice = Approver("alice", isVerified: true)

    private func opened(_ more: String = "") throws -> Gate {
        try Gate(yaml: consent + more, secrets: ["0123456789abcdef0123456789abcdef"])
    }

    private func asked(_ gate: Gate, _ amount: Int64, approval: String? = nil) -> Decision {
        gate.guard(tool: "stripe.charges.create", args: charge(amount), principal: "agent:a", approval: approval)
    }

    private func request(_ gate: Gate, _ amount: Int64) throws -> String {
        try #require(asked(gate, amount).approval?["id"]?.stringValue)
    }

    @Test func whatIsHeldRunsOnceWithExactlyWhatWasApproved() async throws {
        let gate = try opened(), id = try request(gate, 500)
        #expect(try await gate.approvals("pending").map { $0["id"] } == [.string(id)])
        let approved = try await gate.approve(id, by: alice, reason: "fine")
        #expect(approved["status"] == "approved" && approved["votes"]?[0]?["by"] == "alice")
        #expect(asked(gate, 501).verdict == .requireApproval)
        #expect(asked(gate, 500).code == "approval.granted")
        #expect(asked(gate, 500).verdict == .requireApproval)
        #expect(try await gate.approval(id)?["status"] == "used")
    }

    @Test func whoWaitsGoesOnWhenSomebodyHasAnswered() async throws {
        let gate = try opened(), id = try request(gate, 500)
        async let answered = gate.wait(for: id)
        try await Task.sleep(for: .milliseconds(30))
        try await gate.approve(id, by: "alice")
        #expect(try await answered["status"] == "approved")
    }

    @Test func waitingEndsWithTheTimeOrWithTheTask() async throws {
        let gate = try opened(), id = try request(gate, 500)
        #expect(try await gate.wait(for: id, timeout: .milliseconds(30))["status"] == "pending")
        let task = Task { try await gate.wait(for: id) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await refuses("approval.not_found") { try await gate.wait(for: "apr_none") }
    }

    @Test func requestsAreToldAsTheyCome() async throws {
        let gate = try opened(), first = try request(gate, 500)
        var told = gate.approvalRequests(every: .milliseconds(10)).makeAsyncIterator()
        let firstTold = try await told.next()
        #expect(firstTold?["id"] == .string(first))
        let second = try request(gate, 600)
        let secondTold = try await told.next()
        #expect(secondTold?["id"] == .string(second))
    }

    @Test func aNoIsANo() async throws {
        let gate = try opened(), id = try request(gate, 500)
        try await gate.denyApproval(id, by: alice, reason: "too much")
        #expect(asked(gate, 500).code == "approval.denied" && asked(gate, 500).reason.contains("too much"))
        await refuses("approval.denied") { try await gate.approve(id, by: alice) }
        let other = try request(gate, 600)
        #expect(try await gate.delegateApproval(other, by: alice, to: "bob")["delegated"] == [["alice", "bob"]])
        #expect(try await gate.cancelApproval(other)["status"] == "cancelled")
    }

    @Test func aTokenAnswersForItsRequest() async throws {
        let gate = try opened()
        let token = try await gate.approvalToken(request(gate, 500), to: "alice")
        #expect(try await gate.approve(token, by: "whoever")["votes"]?[0]?["by"] == "alice")
        await refuses("approval.already_decided") { try await gate.approve(token, by: "whoever") }
    }

    @Test func anEditedCallRunsAsItWasEdited() async throws {
        let gate = try opened(), id = try request(gate, 500)
        await refuses("approval.edit_refused") { try await gate.approve(id, by: alice, args: charge(5000)) }
        let edited = try await gate.approve(id, by: alice, args: charge(200))["edited"] ?? .null
        #expect(asked(gate, 500, approval: id).code == "approval.wrong_action")
        let ran = try await gate.run(
            tool: "stripe.charges.create", args: edited, principal: "agent:a", approval: id
        ) { $0 }
        #expect(ran == charge(200))
    }

    @Test func grantsSwitchesAndAgents() async throws {
        let gate = try opened("principals: { require: registered }\n")
        #expect(asked(gate, 5).code == "principal.unregistered")
        try await gate.register("agent:a", owner: "alice")
        #expect(try await gate.newKey("agent:a") != gate.newKey("agent:a"))
        #expect(try await gate.agent("agent:a")?["owner"] == "alice")
        #expect(try await gate.agents().count == 1)
        #expect(try await gate.agent("agent:b") == .none)
        let grant = try await gate.grant(
            principal: "agent:a", action: "create_charge", target: "*", by: "alice", expires: "2999-01-01T00:00:00Z",
            uses: 1)
        #expect(asked(gate, 500).verdict == .allow && asked(gate, 500).verdict == .requireApproval)
        #expect(try await gate.grants()[0]["used"] == 1)
        #expect(try await gate.revoke(grant["id"]?.stringValue ?? ""))
        let stop = try await gate.kill(action: "create_*", reason: "incident", by: "alice")
        #expect(asked(gate, 5).code == "kill_switch.on")
        #expect(try await gate.switches() == [stop])
        #expect(try await gate.unkill(stop["id"]?.stringValue ?? ""))
        #expect(asked(gate, 5).verdict == .allow)
    }

    @Test func aBudgetStopsAtItsLastCent() throws {
        let gate = try Gate(yaml: budget)
        func spend(_ cost: String?) -> Decision {
            gate.guard(tool: "stripe.charges.create", args: charge(1), principal: "agent:a", estimatedCostUSD: cost)
        }
        let first = spend("2.00")
        #expect(first.allowed && spend(nil).code == "budget.exceeded")
        try gate.record(first, Outcome(.executed, costUSD: "0.25"))
        #expect(spend(nil).allowed && spend("much").code == "call.malformed_args")
    }

    @Test func stateOnDiskIsNotForThisPackage() async throws {
        let gate = try opened("store: { path: state.db }\n")
        #expect(gate.waits && asked(gate, 5).code == "store.unavailable")
        await refuses("store.unavailable") { try await gate.switches() }
    }

    @Test func aBadSecretIsNotShown() {
        #expect {
            try Gate(yaml: consent, secrets: ["hunter2"])
        } throws: { error in
            failureCode(error) != nil && !"\(error)".contains("hunter2")
        }
    }
}

private let consent = """
    audit: off
    approvals: { expires: 1h }
    tools: { create_charge: { decision: allow } }
    rules:
      - { id: large, match: { action: create_charge }, when: args.amount > 100, decision: require_approval }
      - { id: huge, match: { action: create_charge }, when: args.amount > 1000, decision: deny }

    """

private let budget = """
    audit: off
    tools: { create_charge: { decision: allow, cost_usd: 0.50 } }
    budgets: { 'agent:*': { daily_usd: 2.00, decision: deny } }
    """

private func charge(_ amount: Int64) -> Value {
    ["amount": .int(amount), "currency": "eur", "customer": "cus_1"]
}

private func refuses<Output>(_ code: String, _ work: () async throws -> Output) async {
    do {
        _ = try await work()
        Issue.record("it was done")
    } catch {
        #expect(failureCode(error) == code)
    }
}
