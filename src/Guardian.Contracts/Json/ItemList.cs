namespace Guardian.Contracts;

/// <summary>The shape of every list that programs read: <c>{"items":[…],"next":null}</c>. Immutable.</summary>
/// <typeparam name="T">What the list holds.</typeparam>
/// <param name="Items">The items of this page.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
public sealed record ItemList<T>(IReadOnlyList<T> Items, string? Next = null);
