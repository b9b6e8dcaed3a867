"""What others may conclude from the count of commits."""

from pathlib import Path

from tests.support.programs import a_house


async def test_only_a_transaction_that_changes_rows_is_counted(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house:
        database = house.database
        before = database.commits

        async with database.transaction() as connection:
            await connection.one("SELECT count(*) AS n FROM user", {})
        async with database.transaction() as connection:
            await connection.run("UPDATE user SET name = name WHERE id = -1", {})
        assert database.commits == before

        async with database.transaction() as connection:
            await connection.run("UPDATE user SET name = name", {})
        assert database.commits == before + 1
