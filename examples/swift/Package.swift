// swift-tools-version: 6.0
import PackageDescription

// `bindings-swift/scripts/example Allowed` builds the library and runs one.
let toolgate = Target.Dependency.product(name: "Toolgate", package: "bindings-swift")
let package = Package(
  name: "Examples",
  platforms: [.macOS(.v13), .iOS(.v16)],
  dependencies: [.package(path: "../../bindings-swift")],
  targets: [
    .executableTarget(name: "Allowed", dependencies: [toolgate]),
    .executableTarget(name: "NeedsApproval", dependencies: [toolgate]),
    .executableTarget(name: "OverLimit", dependencies: [toolgate]),
    .target(name: "GuardedTool", dependencies: [toolgate]),
  ],
  swiftLanguageModes: [.v6]
)
