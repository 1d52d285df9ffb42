static async fn helper(int x, int y) -> int { return x + y; }
