// swift-tools-version: 6.2

import PackageDescription

let package = Package(
    name: "clusterrunner-benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "clusterrunner", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    ],
    targets: [
        // One folder for each subcommand; what they share is in Output.
        .executableTarget(
            name: "clusterrunner-bench",
            dependencies: [
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "ClusterRunnerClient", package: "clusterrunner"),
                .product(name: "ClusterRunnerCore", package: "clusterrunner"),
            ]
        )
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .treatAllWarnings(as: .error),
    ]
}
