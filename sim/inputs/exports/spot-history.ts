import { InvalidInputError } from '../../../lambda/control-loop/errors';
import type { FieldProblem } from '../../../lambda/control-loop/model/field-problem';
import { isLinux, parseSpotPriceHistory } from '../spot-prices';
import { refuseUnknownSeries } from './chosen-series';
import type { ExportFormat, Price } from './format';
import { instantOf, instantProblem } from './times';

/**
 * Answer of `aws ec2 describe-spot-price-history`: each price from its time on
 * (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SpotPrice.html).
 */
export const spotHistory: ExportFormat = {
  title: 'EC2: aws ec2 describe-spot-price-history',
  kind: 'prices',
  series: 'instance type',
  hasValues: false,
  recognises: ({ fields }) => fields.includes('SpotPriceHistory'),
  read(files, { series }) {
    const types = new Set<string>();
    const prices = new Map<string, Price>();
    let [found, repeated, otherSystems, otherTypes] = [0, 0, 0, 0];
    for (const file of files) {
      const { json, entries } = parseSpotPriceHistory(file);
      const problems: FieldProblem[] = [];
      entries.forEach((entry, index) => {
        found++;
        const { InstanceType: instanceType, AvailabilityZone: zone, Timestamp: time, SpotPrice: price } = entry;
        types.add(instanceType);
        const epochSeconds = instantOf(time);
        if (epochSeconds === undefined) {
          problems.push({ path: ['SpotPriceHistory', index, 'Timestamp'], ...instantProblem(time) });
          return;
        }
        const key = `${instanceType} ${zone} ${epochSeconds}`;
        if (!isLinux(entry.ProductDescription)) otherSystems++;
        else if (series.length > 0 && !series.includes(instanceType)) otherTypes++;
        else if (prices.has(key)) repeated++;
        else prices.set(key, { instanceType, zone, epochSeconds, price });
      });
      if (problems.length > 0) throw new InvalidInputError(json.problems(problems));
    }
    refuseUnknownSeries(series, types, 'instance type');
    return {
      kind: 'prices',
      source: 'EC2, spot prices',
      found,
      entries: 'prices',
      prices: [...prices.values()],
      leftOut: [
        { count: repeated, why: 'found again in the files' },
        { count: otherSystems, why: 'of other systems than Linux/UNIX' },
        { count: otherTypes, why: 'of other instance types' },
      ],
      notes: [],
    };
  },
};
