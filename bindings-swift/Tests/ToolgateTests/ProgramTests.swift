import Foundation
import Testing

/// The programs of the README and the documentation, and the examples, in a project that uses the package by its path.
@Suite(.serialized) struct ProgramTests {
    private static let programs = pages.flatMap(Program.inPage)
    private static let project = Result { try Project(programs, examples: promises.keys.sorted()) }

    @Test func thereAreProgramsToRun() {
        #expect(Set(Self.programs.map(\.page)) == Set(pages))
    }

    @Test(arguments: programs)
    func aProgramPrintsWhatThePageSays(program: Program) throws {
        let project = try Self.project.get()
        let place = try TemporaryDirectory()
        try program.policy.map { try place.write($0, to: "toolgate.yaml") }
        #expect(try project.run(program.name, in: place.path) == program.output, "\(program.page)")
    }

    @Test(arguments: promises.keys.sorted())
    func anExampleShowsWhatItPromises(name: String) throws {
        let place = try TemporaryDirectory()
        let shown = try Self.project.get().run(name, in: place.path)
        for promise in promises[name] ?? [] { #expect(shown.contains(promise)) }
    }

    @Test func eachExampleIsKnownHere() throws {
        let found = try FileManager.default.contentsOfDirectory(atPath: examples.path)
        #expect(Set(found) == Set(promises.keys).union(["GuardedTool"]))
        let manifest = try String(contentsOf: examples.appendingPathComponent("../Package.swift"), encoding: .utf8)
        for name in found { #expect(manifest.contains("name: \"\(name)\"")) }
    }

    @Test func aGuardedToolOfAModelAsksTheGate() throws {
        #expect(
            try Self.project.get().run("OnDevice", in: "/")
                == "found ana\ndenied: only ana is looked for (policy.deny)\n")
    }
}

private let pages = ["README.md", "docs/swift.md"]
private let examples = repository.appendingPathComponent("examples/swift/Sources")
private let promises = [
    "Allowed": ["notes.md: Buy milk.", "path.outside_allowed"],
    "NeedsApproval": ["waits:", "asked: may it run with", "sent \"Your refund\" to ana"],
    "OverLimit": ["their dams: results", "beavers: denied:", "budget.exceeded"],
]

/// A program of a page, the policy that stands before it, and what it prints.
struct Program: Sendable, CustomTestStringConvertible {
    let page: String
    let name: String
    let text: String
    let policy: String?
    let output: String

    var testDescription: String { "\(page), \(name)" }

    static func inPage(_ page: String) -> [Program] {
        guard let text = try? String(contentsOf: repository.appendingPathComponent(page), encoding: .utf8) else {
            return []
        }
        let blocks = text.matches(of: /(?m)^```(\w+)\n((?:.|\n)*?)^```$/).map { (String($0.1), String($0.2)) }
        return blocks.indices.filter { blocks[$0].0 == "swift" }.compactMap { index in
            // What a program prints stands behind it, or before it if the page has shown it already.
            let output = blocks[(index + 1)...].first.flatMap { $0.0 == "text" ? $0.1 : nil }
            let before = blocks[..<index].last { $0.0 == "text" }?.1
            guard let output = output ?? before else { return nil }
            let name = "Program\(pages.firstIndex(of: page) ?? 0)_\(index)"
            let policy = blocks[..<index].last { $0.0 == "yaml" }?.1
            return Program(page: page, name: name, text: blocks[index].1, policy: policy, output: output)
        }
    }
}

/// A project elsewhere that uses the package by its path and the library where it was built.
private struct Project: Sendable {
    private let directory: TemporaryDirectory

    init(_ programs: [Program], examples names: [String]) throws {
        directory = try TemporaryDirectory()
        var targets = try programs.map { try executable($0.name, $0.text) }
        targets += try names.map { name in
            let main = examples.appendingPathComponent("\(name)/main.swift")
            return try executable(name, String(contentsOf: main, encoding: .utf8))
        }
        targets += try onDevice()
        let toolgate = repository.appendingPathComponent("bindings-swift").path
        try directory.write(
            """
            // swift-tools-version: 6.0
            import PackageDescription
            let toolgate = Target.Dependency.product(name: "Toolgate", package: "bindings-swift")
            let package = Package(
                name: "Elsewhere", platforms: [.macOS(.v13)], dependencies: [.package(path: "\(toolgate)")],
                targets: [\(targets.joined(separator: ","))])
            """, to: "Package.swift")
        let library = ProcessInfo.processInfo.environment["TOOLGATE_LIBRARY"] ?? ""
        let link = ["-L\(library)", "-rpath", library].flatMap { ["-Xlinker", $0] }
        let built = try shell(["swift", "build", "--package-path", directory.path] + link, in: directory.path)
        guard built.status == 0 else { throw Failure(text: built.output) }
        #expect(!built.output.contains("warning:"), "\(built.output)")
    }

    func run(_ name: String, in place: String) throws -> String {
        let ran = try shell(["\(directory.path)/.build/debug/\(name)"], in: place)
        guard ran.status == 0 else { throw Failure(text: ran.output) }
        return ran.output
    }

    private func executable(_ name: String, _ text: String) throws -> String {
        try source(text, to: "Sources/\(name)/main.swift")
        return ".executableTarget(name: \"\(name)\", dependencies: [toolgate])"
    }

    /// The example of the on-device model, with what it needs of the framework in the framework's place.
    private func onDevice() throws -> [String] {
        let tool = examples.appendingPathComponent("GuardedTool/GuardedTool.swift")
        try source(standIn, to: "Sources/FoundationModels/FoundationModels.swift")
        try source(String(contentsOf: tool, encoding: .utf8), to: "Sources/OnDevice/GuardedTool.swift")
        try source(agent, to: "Sources/OnDevice/main.swift")
        return [
            ".target(name: \"FoundationModels\")",
            ".executableTarget(name: \"OnDevice\", dependencies: [toolgate, \"FoundationModels\"])",
        ]
    }

    private func source(_ text: String, to path: String) throws {
        let file = URL(fileURLWithPath: "\(directory.path)/\(path)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    private func shell(_ command: [String], in place: String) throws -> (status: Int32, output: String) {
        let process = Process(), pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.currentDirectoryURL = URL(fileURLWithPath: place)
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }
}

private struct Failure: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}

/// The declarations of FoundationModels that a tool is made of.
private let standIn = """
    public protocol ConvertibleFromGeneratedContent: Sendable { init(_ content: GeneratedContent) throws }
    public protocol PromptRepresentable {}
    extension String: PromptRepresentable {}
    public struct GenerationSchema: Sendable { public init() {} }
    public struct GeneratedContent: ConvertibleFromGeneratedContent {
        public let jsonString: String
        public init(json: String) throws { jsonString = json }
        public init(_ content: GeneratedContent) throws { self = content }
    }
    public protocol Tool<Arguments, Output>: Sendable {
        associatedtype Output: PromptRepresentable
        associatedtype Arguments: ConvertibleFromGeneratedContent
        var name: String { get }
        var description: String { get }
        var parameters: GenerationSchema { get }
        var includesSchemaInInstructions: Bool { get }
        func call(arguments: Arguments) async throws -> Output
    }
    """

/// A tool behind the gate, called as a model would.
private let agent = """
    import FoundationModels
    import Toolgate

    struct FindContacts: Tool {
        struct Arguments: ConvertibleFromGeneratedContent {
            let name: String
            init(_ content: GeneratedContent) throws {
                name = try Value(json: content.jsonString)["name"]?.stringValue ?? ""
            }
        }
        let name = "find_contacts", description = "Finds people.", parameters = GenerationSchema()
        let includesSchemaInInstructions = true
        func call(arguments: Arguments) async throws -> String { "found \\(arguments.name)" }
    }

    let gate = try Gate(
        yaml: \"""
            audit: off
            tools: { find_contacts: { decision: allow } }
            rules:
              - { id: ana, match: { action: find_contacts }, when: args.name != "ana", decision: deny, reason: only ana is looked for }
            \""")
    let tool = GuardedTool(FindContacts(), gate: gate)
    for name in ["ana", "bob"] {
        do {
            print(try await tool.call(arguments: GeneratedContent(json: "{\\"name\\": \\"\\(name)\\"}")))
        } catch {
            print(error)
        }
    }
    """
