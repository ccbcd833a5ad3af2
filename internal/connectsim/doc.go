// Package connectsim is Amazon Connect in memory, speaking its wire protocol (restJson1, and awsQuery for STS), so that
// the AWS SDKs and the AWS command line work against it unchanged. It is product code: practice mode and
// demonstrations run on it. docs/connectsim.md says what is faithful, and where AWS documents nothing and we chose.
//
// One table (operations) declares every operation: method, path, members with their constraints, handler and
// modelled errors. A request is routed, decoded and checked by that table, then handled under one mutex.
package connectsim
