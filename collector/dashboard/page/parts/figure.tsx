import type { ComponentChildren } from "preact";
import { useAddress } from "../state/address.ts";
import { useWords } from "../words/index.ts";
import { saveFile } from "./download.tsx";
import { type Column, writeCsv } from "./rows.ts";
import { orderParam, Table } from "./table.tsx";

interface FigureProps<Row> {
	title: string;
	/** One sentence that says what is shown. */
	says: string;
	/** The numbers behind the drawing: shown as a table, saved as CSV. */
	columns: readonly Column<Row>[];
	rows: readonly Row[];
	/** Of the CSV file, without ending. */
	file: string;
	/** Shown in place of the drawing when there are no rows. */
	empty: ComponentChildren;
	/** Without a drawing the table itself is shown. */
	children?: ComponentChildren;
	/** Beside the title: the number that it comes down to. */
	headline?: ComponentChildren;
	/** Above the drawing, also when it is empty. */
	tools?: ComponentChildren;
	/** Beside the download. */
	more?: ComponentChildren;
}

/** A chart with everything that belongs to it. */
export function Figure<Row>(props: FigureProps<Row>) {
	const { title, says, columns, rows, file, empty, children, headline, tools, more } = props;
	const words = useWords();
	const { params } = useAddress();
	const table = <Table caption={title} name={file} columns={columns} rows={rows} />;
	return (
		<section class="figure">
			<div class="figure-head">
				<div>
					<h2>{title}</h2>
					<p class="says">{says}</p>
				</div>
				{headline}
			</div>
			{tools}
			{rows.length === 0 ? (
				<p class="empty">{empty}</p>
			) : (
				<>
					{children ?? table}
					<div class="tools">
						{children !== undefined && (
							<details open={params[orderParam(file)] !== undefined}>
								<summary>{words.common.table}</summary>
								{table}
							</details>
						)}
						{more}
						<button
							type="button"
							class="quiet"
							onClick={() =>
								saveFile(`${file}.csv`, new Blob([writeCsv(columns, rows)], { type: "text/csv;charset=utf-8" }))
							}
						>
							{words.common.csv}
						</button>
					</div>
				</>
			)}
		</section>
	);
}
